"""Which instruction sets a processor offers, by the family and model that `/proc/cpuinfo` shows. Data.

Families and models: Linux, `arch/x86/include/asm/intel-family.h` and `amd/` documents; flags by
microarchitecture: GCC's manual, "x86 Options", `-march` (https://gcc.gnu.org/onlinedocs/gcc/x86-Options.html).
Names of flags are those of `/proc/cpuinfo`. A processor that the table lacks has unknown flags.
"""

from __future__ import annotations

__all__ = ["find_processor_flags"]

_NEHALEM = frozenset({"mmx", "sse", "sse2", "ssse3", "sse4_1", "sse4_2", "popcnt", "cx16"})
_WESTMERE = _NEHALEM | {"aes", "pclmulqdq"}
_SANDY_BRIDGE = _WESTMERE | {"avx", "xsave"}
_IVY_BRIDGE = _SANDY_BRIDGE | {"f16c", "fsgsbase", "rdrand"}
_HASWELL = _IVY_BRIDGE | {"avx2", "bmi1", "bmi2", "abm", "fma", "movbe"}
_BROADWELL = _HASWELL | {"adx", "rdseed", "3dnowprefetch"}
_SKYLAKE = _BROADWELL | {"clflushopt", "xsavec", "xsaves"}
_SKYLAKE_SERVER = _SKYLAKE | {
    "avx512f",
    "avx512cd",
    "avx512bw",
    "avx512dq",
    "avx512vl",
    "clwb",
    "pku",
}
_ICE_LAKE = _SKYLAKE_SERVER | {
    "avx512vbmi", "avx512ifma", "avx512_vbmi2", "avx512_vnni", "avx512_bitalg",
    "avx512_vpopcntdq", "gfni", "vaes", "vpclmulqdq", "sha_ni", "rdpid",
}  # fmt: skip
_SAPPHIRE_RAPIDS = _ICE_LAKE | {
    "amx_tile", "amx_int8", "amx_bf16", "avx512_bf16", "avx512_fp16", "avx_vnni",
}  # fmt: skip
_ALDER_LAKE = _SKYLAKE | {
    "avx_vnni",
    "gfni",
    "vaes",
    "vpclmulqdq",
    "sha_ni",
    "rdpid",
    "clwb",
    "pku",
}
_ZEN = _BROADWELL | {"clflushopt", "clzero", "sha_ni", "sse4a", "xsavec", "xsaves"}
_ZEN2 = _ZEN | {"clwb", "rdpid", "wbnoinvd"}
_ZEN3 = _ZEN2 | {"pku", "vaes", "vpclmulqdq"}

_BY_FAMILY: dict[int, dict[int, frozenset[str]]] = {
    6: {
        **dict.fromkeys((26, 30, 31, 46), _NEHALEM),
        **dict.fromkeys((37, 44, 47), _WESTMERE),
        **dict.fromkeys((42, 45), _SANDY_BRIDGE),
        **dict.fromkeys((58, 62), _IVY_BRIDGE),
        **dict.fromkeys((60, 63, 69, 70), _HASWELL),
        **dict.fromkeys((61, 71, 79, 86), _BROADWELL),
        **dict.fromkeys((78, 94, 142, 158, 165, 166), _SKYLAKE),
        85: _SKYLAKE_SERVER,
        **dict.fromkeys((106, 108, 125, 126), _ICE_LAKE),
        **dict.fromkeys((143, 207), _SAPPHIRE_RAPIDS),
        **dict.fromkeys((151, 154, 183, 186, 191), _ALDER_LAKE),
    },
    23: {
        **dict.fromkeys((1, 8, 17, 24), _ZEN),
        **dict.fromkeys((49, 96, 104, 113, 144, 160), _ZEN2),
    },
    25: dict.fromkeys((1, 8, 33, 68, 80), _ZEN3),
}


def find_processor_flags(family: int | None, model: int | None) -> frozenset[str] | None:
    """Return the flags of the processor, None when it is not declared or not known here."""
    if family is None or model is None:
        return None
    return _BY_FAMILY.get(family, {}).get(model)
