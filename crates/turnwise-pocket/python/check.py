

def main():
    space, broken = load()
    if broken:
        print(broken)
    failed = []
    for text, want in CASES:
        got = "" if broken else call(space, text)
        if got != want:
            failed.append((text, got, want))
    for text, got, want in [] if broken else failed[:3]:
        print(text, "=", got[:40] + ", want", want)
    print(str(len(CASES) - len(failed)) + "/" + str(len(CASES)), "passed")
    return 1 if failed else 0


sys.exit(main())
