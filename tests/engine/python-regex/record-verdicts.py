"""Records what Python says of the expressions below: python3.11 record-verdicts.py > verdicts.json

Format the file afterwards: npx biome check --write verdicts.json

Each case is an expression with strings of its own; the strings in COMMON are tried on every expression.
"""
import json
import platform
import re
import sys
import warnings

COMMON = ["", "a", "b", "ab", "aab", "abab", "A", "spine1", "spine1\n", "a\nb", "\n", "1", " ", "\u00e9", "_", "-", "(", "]"]

CASES = [
    # names as they occur in neighbordb files
    (r"spine\d+$", ["spine12", "spine12\n", "spine12\n\n", "spine1a", "xspine1", "spine\u0661"]),
    (r"(?:spine|leaf)-?[0-9]{1,2}(?:-dc[12])?\Z", ["leaf-1-dc1", "leaf1-dc3", "leaf12", "spine-1-dc2\n"]),
    (r"DCS-70(50|60).*", ["DCS-7050SX", "DCS-7060", "DCS-7280"]),
    (r"dc\d-r\d{2}-(?P<role>tor|leaf)(?P<side>[ab])", ["dc1-r01-torb", "dc1-r1-torb"]),
    (r"pod(?P<pod>\d+)-leaf(?P=pod)", ["pod1-leaf1", "pod12-leaf12", "pod1-leaf2", "pod12-leaf1"]),
    (r".*-(?!old)\w+$", ["spine-new", "spine-old", "a-b-older"]),
    (r"^Ethernet([1-9]|[1-4]\d|5[0-2])$", ["Ethernet1", "Ethernet52", "Ethernet53", "Ethernet0"]),
    (r"(?i)SPINE-\d", ["spine-1", "Spine-2", "\u017fpine-1", "sp\u0131ne-1", "sp\u0130ne-1"]),
    (r"leaf\b", ["leaf", "leaf-1", "leaf1", "leaf\u00e9", "leaf\n"]),
    (r"[^-]+-[^-]+$", ["a-b", "a-b-c", "-a"]),
    # anchors and places
    (r"^a", []), (r"a$", ["a\n", "a\n\n"]), (r"a\Z", ["a\n"]), (r"\Aa", []), (r"a\A", []), (r"^^a$$", ["a\n"]),
    (r"a$\n", ["a\n"]), (r"a$b", []), (r"(a$)\n?", ["a\n"]), (r"(?:a$|ab)", ["a\n"]), (r"(?:a$)*b", ["b", "ab"]),
    (r"a$\Z", ["a\n"]), (r"a(?=$)", ["a\n"]), (r"$", ["\n\n"]), (r"\Z", []), (r"(?m)a$", ["a\n\n", "ab"]),
    (r"(?m)a$\n^b", []), (r"a\n^b", []), (r"(?m)a\n$", ["a\n", "a\n\n", "a\nb"]), (r"(?m)\n^", ["\n", "\n\n"]),
    (r"\b", []), (r"\B", ["-", " a"]), (r"\B\B", []), (r"a\b", ["a-", "a\u00e9"]), (r"a\B", ["a-", "a\u00e9", "aa"]),
    (r"\bspine\b", ["spine", "spine-1"]), (r"(?a)a\b", ["a\u00e9"]), (r"(?a)\B", ["\u00e9"]), (r"\w\b\W", ["a-", "\u00e9-"]),
    # characters and sets
    (r".", []), (r"(?s).", []), (r"...", ["\U0001f600ab", "\U0001f600a"]), (r"^.$", ["\U0001f600", "\u2028", "\r"]),
    (r"[]a]", []), (r"[^]a]", []), (r"[a-]", []), (r"[-a]", []), (r"[a\-z]", ["z", "y"]), (r"[a-c-e]", ["-", "d", "e"]),
    (r"[\w-]", []), (r"[\]]", []), (r"[[]", ["["]), (r"[[:alpha:]]", ["a]", ":]", "a"]), (r"[\d\s]", []), (r"[^\d\s]", []),
    (r"[\W]", []), (r"[\D\d]", []), (r"[^\D\d]", []), (r"[\b]", ["\b"]), (r"[\x41-\x43]", ["B", "D"]), (r"[\101]", []),
    (r"[\0]", ["\0"]), (r"[a\n]", []), (r"[\u00e8-\u00ea]", []), (r"[\U0001f600-\U0001f64f]", ["\U0001f600", "\ud83d"]),
    (r"[a&&b]", ["&"]), (r"[a--b]", []), (r"[--a]", ["-", "."]), (r"[^^]", ["^"]), (r"[a^]", ["^"]), (r"[|]", ["|"]),
    (r"\x41", []), (r"\u00e9", []), (r"\U0001f600", ["\U0001f600"]), (r"\101", []), (r"\07", ["\x07"]), (r"\0", ["\0"]),
    (r"\08", ["\0" + "8"]), (r"\377", ["\u00ff"]), (r"\a\f\v\r\t\n", ["\a\f\v\r\t\n"]), (r"\-\_\.\/\ \"", ["-_./ \""]),
    (r"\\", ["\\"]), ("\\\u00e9", []), (r"}", ["}"]), (r"]", []), (r"a]", ["a]"]), (r"\#", ["#"]), (r"\(", []), ("\t", ["\t"]),
    # categories beyond ASCII
    (r"\w", ["\u00aa", "\u0300", "\u0661", "\u00b2", "\u2160", "\u24b6", "\u4e00", "\U0001d7ce", "\U0001f600"]),
    (r"\d", ["\u0661", "\u00b2", "\u0967", "\U0001d7ce"]), (r"\s", ["\u00a0", "\u2003", "\u200b", "\x1c", "\x85", "\u180e", "\ufeff"]),
    (r"\S\W\D", ["a-b", "\u00a0--"]), (r"(?a)\w", ["\u00aa"]), (r"(?a)\d", ["\u0661"]), (r"(?a)\s", ["\u00a0", "\x1c"]),
    (r"(?u)\w", []), (r"(?a:\w)", []), (r"(?a)(?u:\w)", []), (r"(?a:\w)\w", ["a\u00e9", "\u00e9a"]),
    # ignoring case
    (r"(?i)k", ["K", "\u212a"]), (r"(?i)\u212a", ["k", "K"]), (r"(?i)[a-z]", ["K", "\u212a", "\u017f", "\u0130"]),
    (r"(?i)[^a-z]", ["K", "\u212a", "\u017f", "1"]), (r"(?ai)k", ["K", "\u212a"]), (r"(?i)\u00df", ["\u1e9e", "SS"]),
    (r"(?i)\u00c9", []), (r"(?i)\u03c3", ["\u03a3", "\u03c2"]), (r"(?i)\u00b5", ["\u03bc", "\u039c"]), (r"(?i)[\W]", ["\u03b9", "\u0345"]),
    (r"(?i)\u01c4", ["\u01c5", "\u01c6"]), (r"(?i)\U00010400", ["\U00010428"]), (r"(?i)[\U00010428-\U0001042a]", ["\U00010400"]),
    (r"(?i:a)b", ["Ab", "AB"]), (r"(?i)a(?-i:b)", ["Ab", "AB"]), (r"(?i:(?-i:a)b)", ["aB", "AB"]), (r"a(?i:b)c", ["aBc", "ABc"]),
    (r"(?i)i", ["I", "\u0130", "\u0131"]), (r"(?i)\u0131", ["i", "I"]), (r"(?i)\u0130", ["i", "\u0131"]),
    # repeats
    (r"a*", []), (r"a+", []), (r"a?b", []), (r"a{2}", ["aa"]), (r"a{,2}b", ["aaab", "aab"]), (r"a{2,}", ["aaa"]), (r"a{,}b", []),
    (r"a{1,2}?b", []), (r"a*?b", []), (r"a+?$", ["aaa"]), (r"a??b", []), (r"a{0}b", []), (r"a{0,0}", []), (r"x{a", ["x{a"]),
    (r"x{", ["x{"]), (r"x{}", ["x{}"]), (r"x{1", ["x{1"]), (r"x{1,", ["x{1,"]), (r"x{,1", ["x{,1"]), (r"x{1 }", ["x{1 }"]),
    (r"x{-1}", ["x{-1}"]), (r"{", ["{"]), (r"{a}", ["{a}"]), (r"x{01}", ["x"]), (r"(ab)*$", ["ababa"]), (r"(?:)*a", []), (r"(?=a)*a", []),
    (r"(a|b)*c", ["abac", "c", "abd"]), (r"(a*)*b", []), (r"(a+)+$", ["aaaaaaaaaaaaaaaaaaaaaaaaaaaa!"]), (r"(?:a|b){2,3}$", ["aba", "abab"]),
    (r"a{1000}", ["a" * 1000, "a" * 999]), (r"a{1001}$", ["a" * 1001, "a" * 1000]), (r"(?:a{30}){40}$", ["a" * 1200, "a" * 1199]),
    (r"(?:ab?){0,1500}$", ["ab" * 1500, "ab" * 1501]), (r".{0,65535}x", ["ax"]), (r"a{14000}", ["a" * 14000, "a" * 13999]),
    (r"(?:^a)*b", []), (r"(^)*a", []), (r"(?:|a)+b", []), (r"(?:a|)*?b", []), (r"(a?){3}b", []), (r"(?:a?b?){2,4}$", ["abab", "bbaa", "ababababa"]),
    # possessive and atomic
    (r"a*+a", ["aa"]), (r"a*+b", []), (r"a?+a", ["aa"]), (r"a++b", []), (r"a{1,2}+a", ["aa", "aaa"]), (r"(?>a+)b", []), (r"(?>a|ab)c", ["abc", "ac"]),
    (r"(?>(a+))b\1", ["aabaa", "aaba"]), (r"(?:ab)++a", ["abaa", "aba"]), (r"(?>a*?)b", []), (r"((?>a)b)+$", []),
    # look-around
    (r"a(?=b)", []), (r"a(?!b)", []), (r"(?=ab)a", []), (r"(?!a)", []), (r"(?!)", []), (r"(?=)", []), (r"(?<=a)b", []), (r"(?<!a)b", []),
    (r"a(?<=a)b", []), (r"ab(?<=ab)", []), (r"ab(?<!ab)", []), (r"(?<!x)a", []), (r"(?<!^)a", []), (r"(?<=^)a", []), (r"(?<=\n)a", []),
    (r"(?<!\n)a", []), (r"a\n(?<=\n)b", []), (r"(?<=\b)a", []), (r".*(?<=\d)$", ["ab1", "ab1\n"]), (r"(?<=(?:a|b))b", []), (r"a(?<=(a))\1", ["aa"]),
    (r"(a)b(?<=\1b)", []), (r"aab(?<=(a){2}b)\1", ["aaba"]), (r"(?=(a+))a*b\1", ["aba", "baaabac"]), (r"(?=.*\d)(?=.*[a-z]).+", ["a1", "1a"]),
    (r"(?<=\U0001f600)a|\U0001f600(?<=\U0001f600)", ["\U0001f600a"]), (r"(?<=(?=ab)a)b", []), (r"a(?<=(?=ab)a)b", []), (r"(?!(a)b)\w", ["ac"]),
    # references and conditions
    (r"(a)\1", ["aa"]), (r"(a|b)\1", ["bb"]), (r"(a)?\1", []), (r"(a)?b\1", ["bb", "aba"]), (r"(a)|b\1", []), (r"(a*)b\1$", ["aabaa", "aaba"]),
    (r"(?i)(a)\1", ["aA", "Aa", "ab"]), (r"(?P<x>a)(?P=x)", ["aa"]), (r"(?:(a)b)*\1", ["aba", "ababa"]), (r"(?:(\w),)+\1$", ["a,a", "a,b,b", "a,b,a"]),
    (r"(<)?a(?(1)>)$", ["<a>", "<a", "a>"]), (r"(<)?a(?(1)>|!)", ["<a>", "a!", "<a!"]), (r"(?P<q>[\"'])?a(?(q)(?P=q))$", ["'a'", "'a\"", "\"a\""]),
    (r"(?(1)a|b)(c)", ["bc", "ac"]), (r"(a(?(1)b|c))", ["ac"]), (r"(a)?(?(1)|b)", []), (r"(a)(?(1)b)", []), (r"()?(?(1)a|b)", []), (r"(?( 1 )a|b)(c)", ["bc"]),
    (r"(a)(b)(c)(d)(e)(f)(g)(h)(i)(j)\10", ["abcdefghijj"]), (r"(a)\1{2}", ["aaa"]), (r"(?:(a)\1)+b", ["aaaab"]), (r"(a)(?:b\1)*$", ["abaa", "ababa"]),
    (r"(?P<\u00e9>a)", []), (r"(?P<ab1>a)(?(ab1)b)", []), (r"((a)|b)\2", ["aa", "bb"]), (r"(?=(a)|b)\w\1", ["aa", "ba"]),
    # flags, comments, verbose
    (r"(?x) a b # rest", []), ("(?x)a # c\n b", []), (r"(?x)a\ b", ["a b"]), (r"(?x)[ ]a", [" a"]), (r"(?x: a )b", []), (r"(?x)(?-x: )a", [" a"]),
    ("(?x)a # \\\n b", []), (r"(?x) (?i) A", []), (r"(?x)a +", []), (r"(?x)a {2}", ["aa"]), (r"(?x)a{ 2}", ["a{2}"]), (r"(?#note)a", []), (r"a(?#note)*b", []),
    (r"(?i)(?s).A", ["\na"]), (r"(?is-m:A.)", ["a\n"]), (r"(?t)a", []), (r"(?#x)(?i)A", []), (r"(?s-i:.)", []), (r"(?m-s:^.)", []), (r"(?ii)A", []),
    # alternatives and odds
    (r"", []), (r"|a", []), (r"a|", []), (r"a||b", []), (r"()", []), (r"(|a)b", []), (r"(?:a|ab)(?:c|bcd)$", ["abcd", "ac", "abc"]), (r"((((a))))", []),
    # refused
    (r"(", []), (r")", []), (r"a)", []), (r"(a", []), (r"((a)", []), (r"[", []), (r"[a", []), (r"[]", []), (r"[^]", []), (r"[a-", []), (r"[z-a]", []),
    (r"[a-\d]", []), (r"[\d-a]", []), (r"*", []), (r"+a", []), (r"?", []), (r"{1}", []), (r"{,}", []), (r"a**", []), (r"a+*", []), (r"a{1}{2}", []), (r"a*??", []), (r"a*+?", []),
    (r"^*", []), (r"$+", []), (r"\b?", []), (r"|*", []), (r"(*)", []), (r"(?i)*", []), (r"(?#c)+", []), (r"a{2,1}", []), (r"a{4294967295}", []), (r"\q", []), (r"\z", []),
    (r"\pL", []), (r"[\q]", []), (r"[\A]", []), (r"[\8]", []), (r"\x4", []), (r"\xg", []), (r"\u12", []), (r"\U0001", []), (r"\U00110000", []), ("\\", []), ("a\\", []),
    (r"[\x4]", []), (r"\400", []), (r"[\400]", []), (r"\1", []), (r"\8", []), (r"(a)\2", []), (r"(a\1)", []), (r"(a)\12", []), (r"(?P=a)", []), (r"(?P<a>b)(?P<a>c)", []),
    (r"(?P<1>a)", []), (r"(?P<a-b>c)", []), (r"(?P<>a)", []), (r"(?P<a", []), (r"(?P<", []), (r"(?P=", []), (r"(?P", []), (r"(?Px)", []), (r"(?<a>b)", []), (r"(?", []), (r"(?<", []),
    (r"(?z)", []), (r"(?'a'b)", []), (r"(?|a)", []), (r"(?R)", []), (r"(?i", []), (r"(?i-", []), (r"(?-)", []), (r"(?-i)", []), (r"(?i-i:a)", []), (r"(?iz)", []), (r"(?i1)", []),
    (r"(?-a:b)", []), (r"(?L)a", []), (r"(?aL)", []), (r"(?au)a", []), (r"(?a)(?u)b", []), (r"a(?i)b", []), (r"(a(?i))", []), (r"a|(?i)b", []), (r"(?:(?i)a)", []), (r" (?x)a", []),
    (r"(?t:a)", []), (r"(?#", []), (r"(?#a\)", []), (r"(?=a", []), (r"(?<=a*)b", []), (r"(?<!a|bc)d", []), (r"(?<=a{1,2})b", []), (r"(a+)(?<=\1)", []), (r"(?<=(a)\1)", []),
    (r"(?<=(?(1)a|b))", []), (r"(?(1)a)", []), (r"(?(0)a)(b)", []), (r"(?(a)b)", []), (r"(?(1)a|b|c)(d)", []), (r"(?(-1)a)", []), (r"(?(1", []), (r"(?()a)", []), (r"(a)(?(1)b", []),
    (r"(?P<a.b>c)", []), (r"(?P>a)", []), (r"(?P=1)", []), (r"(?>a", []), (r"(?i:", []), (r"(?P<a>b", []), (r"a{1}*", []), (r"(?:a", []), (r"\N{NOTHING OF THE KIND}", []),
]


def verdict(regex, strings):
    try:
        compiled = re.compile(regex)
    except (re.error, OverflowError, ValueError) as error:
        return {"regex": regex, "error": re.sub(r" \(line .*", "", str(error))}
    return {
        "regex": regex,
        "strings": strings,
        "matches": [string for string in strings if compiled.match(string)],
        "commonMatches": [string for string in COMMON if compiled.match(string)],
    }


warnings.simplefilter("ignore")
lines = [json.dumps(verdict(regex, strings)) for regex, strings in CASES]
sys.stdout.write('{"python": "%s", "common": %s, "cases": [\n' % (platform.python_version(), json.dumps(COMMON)))
sys.stdout.write(",\n".join(lines) + "\n]}\n")
