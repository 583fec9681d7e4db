

def main():
    space, broken = load()
    for name, text, want in CASES:
        passed = not broken and call(space, text) == want
        print("PASS" if passed else "FAIL", name)


main()
