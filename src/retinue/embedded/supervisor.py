"""`retinue up`: starts the database, brings its schema up to date, starts API and worker, and keeps all three running.

It stays small: no driver, no framework, one thread. What it knows of the product are the programs it starts.
"""

import contextlib
import os
import signal
import socket
import sys
import time
from collections.abc import Mapping

import retinue
from retinue.embedded.children import Child, Fork, how_it_ended
from retinue.embedded.database import Database, open_database
from retinue.embedded.errors import StartError
from retinue.embedded.folder import AlreadyHeldError, DataFolder, open_folder
from retinue.embedded.options import Options, environment_of_children, environment_of_template, read_options
from retinue.embedded.output import Output
from retinue.embedded.port import open_port, open_status_port, why_not_ready
from retinue.embedded.template import Template, make_template, reap_orphans
from retinue.embedded.turns import StopAsked, Turns
from retinue.migrations.revision import SCHEMA_REVISION

MIGRATE_SECONDS = 3600.0
READY_SECONDS = 120.0
KILL_SECONDS = 5.0
DATABASE_PAUSE_SECONDS = 5.0
EXIT_STOPPED, EXIT_FAILED = 0, 1


def main() -> int:
    """Run Retinue until it is told to end; return the exit code."""
    output = Output()
    try:
        return Supervisor(read_options(os.environ), os.environ, output).run()
    except StartError as error:
        output.say(f"Retinue could not be started. {error}")
        return EXIT_FAILED


class Supervisor:
    """One `retinue up`, from the first check to the last child's end."""

    def __init__(self, options: Options, environ: Mapping[str, str], output: Output) -> None:
        """Take what was asked for; nothing is started yet."""
        self._options, self._environ, self._output = options, environ, output
        self._children: list[Child] = []
        self._turns = Turns(self._children)
        self._template: Template | None = None
        self._database: Database | None = None
        self._database_retry_at = 0.0
        self._status_listener: socket.socket | None = None
        self._started_at = time.monotonic()

    def run(self) -> int:
        """Start everything, watch it until the end is asked for, end it. Raises StartError when it does not start."""
        folder = open_folder(self._options.data_dir)
        folder.refuse_half_restored()
        holder = f"{self._options.public_url} process {os.getpid()}"
        try:
            with folder.locked("supervisor.lock", holder), self._turns.listening():
                return self._run(folder)
        except AlreadyHeldError as error:
            url, _, process = error.holder.partition(" ")
            raise StartError(
                f"Retinue already runs on {folder.path}: {url or 'it is just starting'} ({process or 'unnamed'}).",
                "Use that one, or set RETINUE_DATA_DIR and RETINUE_PORT to start another beside it.",
            ) from None

    def _run(self, folder: DataFolder) -> int:
        listener = open_port(self._options.host, self._options.port)
        try:
            status = self._status_listener = open_status_port(self._options)
            serving, link = self._bring_up(folder, listener, status)
            self._greet(folder, link)
            self._install_model(serving)
            while not self._turns.times_asked:
                self._turns.turn()
                self._watch(folder)
        except StopAsked:
            pass
        finally:
            listener.close()
            if self._status_listener is not None:
                self._status_listener.close()
            self._end()
        return EXIT_STOPPED

    def _bring_up(
        self, folder: DataFolder, listener: socket.socket, status: socket.socket
    ) -> tuple[Mapping[str, str], str | None]:
        template = self._template = make_template(environment_of_template(self._environ, folder), self._output)
        if template is not None:
            self._children.append(template)
            template.start()  # imports while the database starts
        database = self._database = open_database(self._options, folder, self._turns.pause)
        serving, migrating = environment_of_children(
            self._environ, self._options, folder, owner_url=database.owner_url, app_url=database.app_url
        )
        if not database.is_migrated:
            self._output.line("retinue", "The database is brought to this version's schema.")
            self._finish(Child("migrate", ("migrate",), migrating, self._output))
        folder.mark(schema=SCHEMA_REVISION)
        folder.expect_model(is_expected=self._wants_model())
        fork = self._wait_for_template()
        api = Child("api", ("api",), serving, self._output, inherited=(listener.fileno(),), forked_by=fork)
        environ = self._for_worker(serving, database)
        worker = Child("worker", ("worker",), environ, self._output, inherited=(status.fileno(),), forked_by=fork)
        for child in (api, worker):
            self._children.append(child)
            child.start()
        self._end_template()
        link = self._claim_link(database, migrating)
        self._wait_until_ready(api, worker)
        return serving, link

    def _wait_for_template(self) -> Fork | None:
        """Return what makes processes of the template, once it has imported everything."""
        template = self._template
        if template is None:
            return None
        self._turns.until(lambda: template.is_ready or not template.is_running(), READY_SECONDS)
        if not (template.is_ready and template.is_running()):
            how = "takes too long" if template.is_running() else how_it_ended(template.exit_code() or 0)
            self._output.line("retinue", f"The template {how}; API and worker share no memory.")
        return template.fork

    def _end_template(self) -> None:
        """End the template: what it made needs it no more, and it would hold a copy of every page that both write to."""
        template = self._template
        if template is not None:
            template.end()
            self._turns.until(lambda: not template.is_running() and not template.descriptors(), KILL_SECONDS)
            self._children.remove(template)

    def _for_worker(self, serving: Mapping[str, str], database: Database) -> Mapping[str, str]:
        """Let the worker that makes daily backups know the owner's address; that of the embedded server it finds itself."""
        makes_backups = bool(self._environ.get("RETINUE_BACKUP_DIR") or self._environ.get("RETINUE_BACKUP_DIR_FILE"))
        return {**serving, "DATABASE_URL": database.owner_url} if makes_backups and database.server is None else serving

    def _claim_link(self, database: Database, migrating: Mapping[str, str]) -> str | None:
        """Return the first owner's link; the operator's own database is asked by a child, which has a driver."""
        if database.server is not None:
            return database.issue_claim(self._options.public_url)
        child = Child("claim", ("claim-link",), migrating, self._output, is_quiet=True)
        self._run_to_end(child, READY_SECONDS)
        lines = [line for line in child.last_lines().splitlines() if line.startswith("http")]
        return lines[-1] if lines and child.exit_code() == 0 else None

    def _finish(self, child: Child) -> None:
        """Run a short-lived child to its end. Raises StartError when it fails."""
        self._run_to_end(child, MIGRATE_SECONDS)
        if child.exit_code() != 0:
            raise StartError(f"'retinue {child.name}' {how_it_ended(child.exit_code() or 0)}.", "Its last lines say why.")

    def _run_to_end(self, child: Child, seconds: float) -> None:
        self._children.append(child)
        child.start()
        self._turns.until(lambda: not child.is_running() and not child.descriptors(), seconds)
        child.send(signal.SIGKILL)
        self._children.remove(child)

    def _wait_until_ready(self, *children: Child) -> None:
        for child in children:
            self._turns.until(lambda child=child: child.is_ready or not child.is_running(), READY_SECONDS)
            if not child.is_ready:
                self._turns.turn(0.1)
                said = f"it {how_it_ended(child.exit_code() or 0)}" if not child.is_running() else "it takes too long"
                raise StartError(f"The {child.name} did not become ready: {said}.", "Its last lines say why.")
        host, port = self._options.host, self._options.port
        reason: str | None = ""
        deadline = time.monotonic() + READY_SECONDS
        while (reason := why_not_ready(host, port)) is not None and time.monotonic() < deadline:
            self._turns.pause(0.05)
        if reason is not None:
            raise StartError(f"The API does not become ready: {reason}", "")

    def _greet(self, folder: DataFolder, link: str | None) -> None:
        seconds = time.monotonic() - self._started_at
        sign_in = f"{link}\n            (works once, and makes you the first owner)" if link else "with your account"
        self._output.say(
            f"\nRetinue {retinue.__version__} is ready ({seconds:.1f} s).\n\n"
            f"  Console   {self._options.public_url}\n"
            f"  Sign in   {sign_in}\n"
            f"  Data      {folder.path}\n"
            f"  Metrics   {self._metrics()}\n\n"
            "Ctrl-C ends it.\n"
        )

    def _metrics(self) -> str:
        own = f"http://127.0.0.1:{self._options.port}/metrics"
        if self._status_listener is None:
            return own
        host, port = self._status_listener.getsockname()[:2]
        return f"{own}, worker: http://{host}:{port}/metrics"

    def _install_model(self, serving: Mapping[str, str]) -> None:
        """Fetch the small local model in the background, once; without a network this is logged and nothing else happens."""
        if not self._wants_model():
            return
        child = Child("model", ("install-model", self._options.local_model), serving, self._output, is_optional=True)
        child.start()
        self._children.append(child)

    def _wants_model(self) -> bool:
        return self._options.local_model != "off"

    def _watch(self, folder: DataFolder) -> None:
        """Start again what ended by itself."""
        self._watch_database()
        self._reap_orphans()
        for child in list(self._children):
            if child.is_running():
                continue
            if child.is_optional:
                if not child.descriptors():
                    self._children.remove(child)
                    folder.expect_model(is_expected=False)
            elif child.restart_at is None:
                how = how_it_ended(child.exit_code() or 0)
                seconds = child.schedule_restart()
                when = f" in {seconds:g} s" if seconds else ""
                self._output.line("retinue", f"The {child.name} {how}; it is started again{when}.")
            if child.restart_at is not None and time.monotonic() >= child.restart_at:
                child.start()

    def _reap_orphans(self) -> None:
        """Reap what others left to this process; only here, where every process that is waited for is known."""
        if self._template is None:
            return
        known = [child.process for child in self._children if child.process is not None]
        server = self._database.server if self._database else None
        reap_orphans([*known, server.child] if server is not None and server.child is not None else known)

    def _watch_database(self) -> None:
        server = self._database.server if self._database else None
        if server is None or server.is_alive() or time.monotonic() < self._database_retry_at:
            return
        self._output.line("retinue", "PostgreSQL ended unexpectedly; it is started again.")
        try:
            server.restart(pause=self._turns.pause)
        except StartError as error:
            self._database_retry_at = time.monotonic() + DATABASE_PAUSE_SECONDS
            self._output.line("retinue", str(error))
        else:
            self._output.line("retinue", "PostgreSQL runs again; nothing that was committed is lost.")

    def _end(self) -> None:
        """End the children, then the database; a second request ends them at once."""
        asked_before = self._turns.times_asked
        self._signal_children(signal.SIGTERM)
        deadline = time.monotonic() + self._options.stop_seconds
        while self._has_children() and time.monotonic() < deadline and self._turns.times_asked <= max(asked_before, 1):
            self._turns.turn(0.5)
        self._signal_children(signal.SIGKILL)
        deadline = time.monotonic() + KILL_SECONDS
        while self._has_children() and time.monotonic() < deadline:
            self._turns.turn(0.1)
        server = self._database.server if self._database else None
        if server is not None:
            is_patient = self._turns.times_asked <= max(asked_before, 1)
            server.stop(timeout_seconds=self._options.stop_seconds if is_patient else 0)

    def _has_children(self) -> bool:
        return any(child.is_running() or child.descriptors() for child in self._children)

    def _signal_children(self, sent: signal.Signals) -> None:
        for child in self._children:
            with contextlib.suppress(ProcessLookupError):
                child.send(sent)


if __name__ == "__main__":
    sys.exit(main())
