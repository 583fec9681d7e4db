def call(space, text):
    steps = 0

    def watch(frame, event, arg):
        nonlocal steps
        steps += 1
        if steps > 1000:
            raise TimeoutError
        return watch

    sys.settrace(watch)
    try:
        got = repr(eval(text, space))
    except Exception as error:
        got = type(error).__name__
    finally:
        sys.settrace(None)
    return got.split(" object at ")[0] if " object at " in got else got


def load():
    space = {}
    for name in MODULES:
        try:
            space.update(vars(importlib.import_module(name)))
        except Exception as error:
            return None, name + ".py: " + type(error).__name__
    return space, None
