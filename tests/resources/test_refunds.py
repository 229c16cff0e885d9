"""Money that goes back: today's quota."""

from wxdist.sandbox import Sandbox


async def test_refundable_balance(serve, service, connect, keys):
    """The quota is asked for without a parameter, and comes in fen."""
    wire = await serve(service)

    seen = await connect(wire).refunds.refundable_balance()

    path = "/v3/global/profit-sharing/refunds/refundable-balance"
    assert ("GET", path) == (wire.sent[0].method, wire.sent[0].target)
    assert (keys.mchid, 7, "CNY") == (seen.sponsor_mchid, seen.balance, seen.currency)


async def test_the_balance_of_the_sandbox():
    """What was unfrozen today can be refunded today."""
    async with Sandbox() as sandbox, sandbox.session() as session:
        before = await session.refunds.refundable_balance()
        await session.transactions.mark("P20150806125346")
        paid = await sandbox.pay("P20150806125346", amount=1000)
        await session.transactions.wait_until_distributable(paid.transaction_id)
        order = await session.orders.unfreeze(paid.transaction_id, "U-1", description="all")
        await session.orders.wait(order)
        after = await session.refunds.refundable_balance()

    assert (0, 1000) == (before.balance, after.balance)
