"""What the client prints of n8n."""

from collections.abc import Sequence
from typing import Any

from retinue.cli.client.tables import print_table


def print_n8n_workflows(workflows: Sequence[Any]) -> None:
    """Print the workflows of n8n as a table."""
    rows = [
        [
            *(each["id"], each["name"], "yes" if each["is_active"] else "no", "yes" if each["can_start"] else "no"),
            each["workflow_id"] or "-",
        ]
        for each in workflows
    ]
    print_table(["N8N ID", "NAME", "PUBLISHED", "WEBHOOK", "LINKED TO"], rows, "n8n has no workflows that the key may see.")


def print_n8n_links(links: Sequence[Any]) -> None:
    """Print the workflows that n8n carries out as a table."""
    rows = [
        [
            *(each["workflow_id"], each["n8n_name"], each["n8n_workflow_id"], "yes" if each["n8n_is_active"] else "no"),
            *((each["looked_at"] or "")[:16].replace("T", " "), each["last_error"] or ""),
        ]
        for each in links
    ]
    head = ["WORKFLOW", "NAME IN N8N", "N8N ID", "PUBLISHED", "LAST LOOK", "ERROR"]
    print_table(head, rows, "No workflow is linked. Link one: retinue n8n link N8N_ID.")
