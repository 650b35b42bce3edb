"""Fuzzes every reader of manifests and lockfiles with atheris, the corpus as seeds.

    pip install atheris
    python tests/fuzz/parsers.py [READER ...] -- [-max_total_time=300 ...]      (libFuzzer's options)
    python tests/fuzz/parsers.py --mutate 20000 [READER ...]                    without atheris

Of any bytes a reader gives an answer, or an InputError with a hint in every fault; within a second for
each 100 kB, and within `MEMORY` bytes. What an edit leaves untouched, it leaves as it was.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from fakes.parser_fuzz import check, mutate, readers, seeds

MEMORY = 2_000_000_000
"""Address space of the process; a 5 MB file needs a tenth of it."""


def main() -> None:
    words = sys.argv[1:]
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    own, further = words, []
    if "--" in words:
        own, further = words[: words.index("--")], words[words.index("--") + 1 :]
    count = 0
    if own[:1] == ["--mutate"]:
        count, own = int(own[1]), own[2:]
    chosen = {name: read for name, read in readers().items() if not own or name in own}
    if count:
        for name, read in chosen.items():
            started = time.process_time()
            mutate(name, read, count)
            seconds = time.process_time() - started
            sys.stdout.write(f"{name}: {count} files, {seconds:.0f} s\n")
        return
    import atheris

    name, read = next(iter(chosen.items()))
    with tempfile.TemporaryDirectory() as folder:
        for number, data in enumerate(seeds(name)):
            Path(folder, str(number)).write_bytes(data)
        atheris.instrument_all()
        atheris.Setup([sys.argv[0], *further, folder], lambda data: check(read, data))
        atheris.Fuzz()


if __name__ == "__main__":
    main()
