"""The import contract of packages: they meet only through their public modules, and a part does not import its whole.

Each folder with a ``feature.py`` or a ``service.py`` is such a package, so a new one cannot be left out.
"""

# import-linter's field classes are not typed as what they yield, so this one file is exempt from those rules.
# pyright: reportOperatorIssue=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportGeneralTypeIssues=false, reportArgumentType=false

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output


class PackagesContract(Contract):
    """Each module of a package that is not public may be imported by its own package, and by the assemblers, alone."""

    exempt = fields.ListField(subfield=fields.StringField())
    public = fields.ListField(subfield=fields.StringField())
    assemblers = fields.ListField(subfield=fields.StringField())

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:  # noqa: FBT001 - the base class's signature
        """Find every import that reaches into a package past its public modules."""
        del verbose
        self.packages = _packages(graph).difference(self.exempt)
        leaks = [
            f"{importer} -> {module}"
            for module in sorted(graph.modules)
            for importer in sorted(graph.find_modules_that_directly_import(module))
            if self._is_leak(module, importer)
        ]
        return ContractCheck(kept=not leaks, metadata={"leaks": leaks})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Print each import that breaks the contract."""
        for leak in check.metadata["leaks"]:
            output.print_error(leak, bold=False)

    def _is_leak(self, module: str, importer: str) -> bool:
        package, home = self._package_of(module), self._package_of(importer)
        if not package or home == package or importer in self.assemblers:
            return False
        inside = module.removeprefix(package).removeprefix(".")
        is_private = bool(inside) and inside.split(".")[0] not in self.public
        return is_private or f"{home}.".startswith(f"{package}.")

    def _package_of(self, module: str) -> str:
        """Return the innermost package that holds the module; empty when it stands in none."""
        return max((package for package in self.packages if f"{module}.".startswith(f"{package}.")), key=len, default="")


def _packages(graph: ImportGraph) -> set[str]:
    parts = (module.rpartition(".") for module in graph.modules)
    return {package for package, _, name in parts if name in {"feature", "service"}}
