from retinue.core.context import anonymous
from retinue.core.ids import OrganizationId, new_id
from retinue.process import Process


async def test_without_a_context_there_is_no_tenant(process: Process) -> None:
    async with process.database.context(anonymous()) as ctx:
        row = await (await ctx.tx.execute("SELECT tenant.organizations(), auth.uid(), current_user")).fetchone()

    assert row == ([], None, "retinue_app")


async def test_a_batch_context_holds_several_tenants(process: Process) -> None:
    first, second = OrganizationId(new_id()), OrganizationId(new_id())

    async with process.database.system_context([first, second]) as ctx:
        row = await (await ctx.tx.execute("SELECT tenant.organizations()")).fetchone()

    assert row == ([first, second],)
