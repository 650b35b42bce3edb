"""Texts as PEP 440 and PEP 508 write them, most of them valid, some broken in one place."""

from __future__ import annotations

from hypothesis import strategies as st

ENVIRONMENT = {
    "implementation_name": "cpython",
    "implementation_version": "3.11.7",
    "os_name": "posix",
    "platform_machine": "x86_64",
    "platform_python_implementation": "CPython",
    "platform_release": "5.15.0-generic",
    "platform_system": "Linux",
    "platform_version": "#1 SMP",
    "python_full_version": "3.11.7",
    "python_version": "3.11",
    "sys_platform": "linux",
}

nothing = st.just("")
separators = st.sampled_from(["", ".", "-", "_"])
numbers = st.one_of(
    st.sampled_from(["0", "1", "2", "3", "01", "9", "99"]),
    st.integers(0, 10**25).map(str),
    st.sampled_from([str(2**k + d) for k in (8, 16, 32, 63, 64) for d in (-1, 0, 1)]),
    st.sampled_from(["9" * 18, "9" * 19, "9" * 20, "1" + "0" * 19, "0" * 30 + "7"]),
)
small_numbers = st.sampled_from(["0", "0", "1", "1", "2", "3"])


@st.composite
def any_case(draw, words):
    word = draw(st.sampled_from(words))
    return draw(st.sampled_from([word, word, word.upper(), word.title()]))


def optional(strategy, *, often=1):
    return st.one_of(*[nothing] * (4 - often), *[strategy] * often)


@st.composite
def spelled_versions(draw):
    """Every spelling that PEP 440 allows."""
    parts = [
        draw(optional(st.sampled_from(["v", "V", " "]))),
        draw(optional(numbers.map("{}!".format))),
        ".".join(draw(st.lists(numbers, min_size=1, max_size=4))),
    ]
    if draw(st.integers(0, 2)) == 0:
        parts.append(draw(separators))
        parts.append(draw(any_case(["alpha", "a", "beta", "b", "preview", "pre", "c", "rc"])))
        parts += [draw(separators), draw(optional(numbers, often=3))]
    if draw(st.integers(0, 2)) == 0:
        spelled = st.tuples(
            separators, any_case(["post", "rev", "r"]), separators, optional(numbers, often=3)
        ).map("".join)
        parts.append(draw(st.one_of(numbers.map("-{}".format), spelled)))
    if draw(st.integers(0, 2)) == 0:
        parts += [draw(separators), draw(any_case(["dev"])), draw(separators)]
        parts.append(draw(optional(numbers, often=3)))
    if draw(st.integers(0, 3)) == 0:
        labels = st.sampled_from(["cpu", "CU118", "1", "02", "ubuntu", "1a", "9" * 25])
        parts += ["+", draw(labels)]
        for label in draw(st.lists(labels, max_size=2)):
            parts += [draw(st.sampled_from(".-_")), label]
    parts.append(draw(optional(st.sampled_from([" ", "\n", "\xa0", "\u3000"]))))
    return "".join(parts)


@st.composite
def close_versions(draw):
    """Versions near each other: most of them differ in one part only."""
    release = ".".join(draw(st.lists(small_numbers, min_size=1, max_size=3)))
    return "".join(
        [
            draw(optional(st.just("1!"))),
            release,
            draw(optional(st.sampled_from(["a0", "a1", "b1", "rc1"]))),
            draw(optional(st.sampled_from([".post0", ".post1"]))),
            draw(optional(st.sampled_from([".dev0", ".dev1"]))),
            draw(optional(st.sampled_from(["+cpu", "+1", "+a.1", "+1.a", "+a"]))),
        ]
    )


@st.composite
def broken(draw, texts):
    """A text with one character put in or left out."""
    text = draw(texts)
    position = draw(st.integers(0, len(text)))
    return text[:position] + draw(
        st.one_of(
            st.just(text[position + 1 :]),
            st.sampled_from(" .-_+!*v\xe9\u2003,;()'\"\\\n\x00[]@=<>~").map(
                lambda character: character + text[position:]
            ),
        )
    )


versions = st.one_of(close_versions(), spelled_versions(), broken(spelled_versions()))


@st.composite
def clauses(draw):
    operator = draw(st.sampled_from(["==", "==", "!=", "!=", "<", ">", "<=", ">=", "~=", "==="]))
    version = draw(st.one_of(close_versions(), close_versions(), spelled_versions()))
    if draw(st.booleans()):
        version = version.partition("+")[0]
    if operator in {"==", "!="} and draw(st.booleans()):
        version = ".".join(draw(st.lists(numbers, min_size=1, max_size=3))) + ".*"
    return draw(optional(st.just(" "))) + operator + draw(optional(st.just(" "))) + version


valid_specifiers = st.lists(clauses(), max_size=3).map(",".join)
specifiers = st.one_of(valid_specifiers, valid_specifiers, broken(valid_specifiers))

variables = st.sampled_from(
    [
        *ENVIRONMENT,
        *["python_version", "python_full_version", "platform_release", "extra", "extra"],
        *["os.name", "sys.platform", "platform.machine", "platform.version"],
        *["platform.python_implementation", "python_implementation", "extras"],
        *["dependency_groups", "unknown"],
    ]
)
values = st.sampled_from(
    [
        *["3.8", "3.11", "3.11.7", "3.*", "3.11.*", "=3.11", ">=3", "3.12.0rc1", "2.7 3.11"],
        *["linux", "Linux", "win32", "posix", "x86_64", "CPython", "5.15", "5.15.0-generic"],
        *["", "Some_Name", "some-name", "test", "\xe9", "a b", "os_name", "extra", "extras"],
    ]
)


@st.composite
def quoted_values(draw):
    quote = draw(st.sampled_from("'\""))
    return quote + draw(values) + quote


@st.composite
def comparisons(draw):
    sides = [draw(variables), draw(quoted_values())]
    if draw(st.integers(0, 3)) == 0:
        sides = [draw(st.one_of(variables, quoted_values())) for _ in sides]
    if draw(st.integers(0, 2)) == 0:
        sides.reverse()
    operator = draw(
        st.sampled_from(
            ["==", "==", "!=", "<", "<=", ">", ">=", "~=", "===", "in", "not in", "not \t in"]
        )
    )
    blank = draw(st.sampled_from([" ", " ", "", "\t "]))
    return f"{sides[0]}{blank}{operator}{blank}{sides[1]}"


valid_markers = st.recursive(
    comparisons(),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from([" and ", " or "]), inner).map("".join),
        inner.map("({})".format),
        inner.map(" ( {} ) ".format),
    ),
    max_leaves=5,
)
markers = st.one_of(valid_markers, valid_markers, broken(valid_markers))

names = st.sampled_from(["foo", "Foo_Bar", "a", "a.b", "a--b", "foo_", "foo.", "1x", "-x", "Z" * 9])


@st.composite
def valid_requirements(draw):
    text = draw(optional(st.just(" "))) + draw(names)
    blank = draw(st.sampled_from(["", "", " ", "\t"]))
    if draw(st.integers(0, 2)) == 0:
        extras = draw(st.lists(names, max_size=3))
        text += f"{blank}[{f'{blank},'.join(extras)}{blank}]"
    kind = draw(st.integers(0, 9))
    if kind == 0:
        text += draw(st.sampled_from([" @ ", "@", " @"])) + "https://host/a;b.whl "
    elif kind == 1:
        text += f"{blank}({draw(valid_specifiers)})"
    elif kind > 3:
        text += blank + draw(valid_specifiers) + draw(optional(st.just(",")))
    if draw(st.booleans()):
        text += draw(st.sampled_from([";", "; ", " ; "])) + draw(valid_markers)
    return text + blank


requirements = st.one_of(valid_requirements(), valid_requirements(), broken(valid_requirements()))


@st.composite
def wheel_filenames(draw):
    parts = [
        draw(st.sampled_from(["foo", "Foo_b", "a.b", "a__b", "_", "", "f\xe9"])),
        draw(versions),
        *draw(st.lists(st.sampled_from(["1", "1b", "b", "01_x", "1\nx"]), max_size=1)),
        draw(st.sampled_from(["py3", "py2.py3", "cp311", "3", "py3.", "CP311"])),
        draw(st.sampled_from(["none", "cp311.abi3", "", "abi3"])),
        draw(st.sampled_from(["any", "manylinux_2_17_x86_64.manylinux2014_x86_64", "WIN_amd64"])),
    ]
    return "-".join(parts) + draw(st.sampled_from([".whl", ".whl", ".whl", ".zip"]))
