"""A real S3 server on a folder, as a process of its own; it verifies the signature of every request."""

import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from retinue.core.storage import Storage, StorageSettings

BUCKET, KEY, SECRET = "files", "known", "kept to ourselves"


@dataclass(frozen=True, slots=True)
class S3:
    """A store with one bucket and one key; ``process`` is what serves it."""

    url: str
    folder: Path
    process: subprocess.Popen[bytes]

    def storage(self, bucket: str = BUCKET, key: str = KEY, secret: str = SECRET) -> Storage:
        """Open it as the installation does, below the prefix ``kept``."""
        settings = StorageSettings(
            artifacts_url=f"s3://{bucket}/kept",
            artifacts_endpoint=self.url,
            artifacts_access_key_id=key,
            artifacts_secret_access_key=SecretStr(secret),
        )
        return Storage(settings, Path("unused"))

    def environ(self) -> dict[str, str]:
        """Return the settings of an installation that keeps its files there."""
        return {
            "RETINUE_ARTIFACTS_URL": f"s3://{BUCKET}/kept",
            "RETINUE_ARTIFACTS_ENDPOINT": self.url,
            "RETINUE_ARTIFACTS_ACCESS_KEY_ID": KEY,
            "RETINUE_ARTIFACTS_SECRET_ACCESS_KEY": SECRET,
        }

    def keys(self) -> set[str]:
        """Return the keys of all that is in the bucket."""
        bucket = self.folder / BUCKET
        return {str(file.relative_to(bucket)) for file in (bucket / "kept").rglob("*") if file.is_file()}


@contextmanager
def serving_s3() -> Generator[S3]:
    """Serve an empty bucket on a port of the loopback until the block ends."""
    with socket.socket() as free, tempfile.TemporaryDirectory(prefix="retinue-s3-") as folder:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
        free.close()
        (Path(folder) / BUCKET).mkdir()
        told = ["--host", "127.0.0.1", "--port", str(port), "--data-dir", folder, "--no-access-log"]
        environ = {**os.environ, "NANIO_ACCESS_KEY": KEY, "NANIO_SECRET_KEY": SECRET}
        with subprocess.Popen(  # noqa: S603 - our own
            [sys.executable, "-m", "nanio", "serve", *told], env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        ) as process:
            try:
                _wait_until_it_listens(process)
                yield S3(f"http://127.0.0.1:{port}", Path(folder), process)
            finally:
                process.kill()


def _wait_until_it_listens(process: subprocess.Popen[bytes]) -> None:
    said = b""
    for line in process.stdout or ():
        said += line
        if b"running on" in line:
            return
    raise AssertionError(said.decode())
