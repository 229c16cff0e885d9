"""The page driven as a developer would, in a real browser."""

import contextlib

import wxdist

TRADE = "P20150806125346"
#: What a keyboard is told, by WebDriver's standard.
TAB, ENTER = "\ue004", "\ue007"
MARK = "/v3/global/profit-sharing/transactions/mark"


async def mark(session):
    await session.transactions.mark(TRADE)


async def add(session):
    paper = await session.files.upload(b"%PDF", filename="a.pdf")
    await session.receivers.add(
        wxdist.Receiver(
            type="MERCHANT_ID",
            account="86693852",
            name="Supplier Co",
            relation_type="SUPPLIER",
            application_file_id=paper,
            partnership_file_id=paper,
        )
    )


def distribute(transaction_id):
    async def act(session):
        share = wxdist.Share(
            type="MERCHANT_ID", account="86693852", amount=2000, description="分给商户A"
        )
        await session.orders.create(transaction_id, "D1", [share], unfreeze_unsplit=False)

    return act


async def fail_to_mark(session):
    with contextlib.suppress(wxdist.errors.WxdistError):
        await session.with_options(attempts=1).transactions.mark("P20150806125399")


def pay(eyes, trade=TRADE, amount="10000"):
    eyes.fill("#pay-out_trade_no", trade)
    eyes.fill("#pay-amount", amount)
    eyes.named("Pay").click()
    eyes.see("Paid ¥100.00", "#notice")


def test_money_from_payer_to_receiver(stage, eyes):
    """An order is paid, frozen, distributed and approved; the page shows each step by itself."""
    eyes.open()
    eyes.see("Nothing was paid yet")
    stage.call(mark)
    eyes.see(f"Marked and not paid: {TRADE}", "#pay")

    pay(eyes)
    eyes.see("Frozen ¥99.40", "article")
    eyes.see("Fee ¥0.60", "article")
    eyes.see("freezing", "article h3")

    eyes.named("+5 min of the clock").click()
    eyes.see("can be distributed", "article h3")
    assert eyes.text("#now") == "2026-01-05 09:05:00"

    stage.call(add)
    eyes.until("the button", lambda: eyes.named("Approve 86693852")).click()
    eyes.see("approved", "#receivers table")

    transaction_id = eyes.one("article").get_attribute("id")
    stage.call(distribute(transaction_id))
    eyes.see("PROCESSING", ".order")
    eyes.see("In flight ¥20.00", "article")
    eyes.named("+1 min of the clock").click()
    eyes.see("SUCCESS", ".order table")
    eyes.see("Receiver 1: 86693852 ¥20.00", "article")
    eyes.see("Frozen ¥79.40", "article")
    assert "Invariants hold" in eyes.text("#checks")
    assert "Auditor agrees" in eyes.text("#checks")
    assert [] == eyes.complaints()


def test_countdown_runs(stage, eyes):
    """With a running clock the countdown falls second by second, and ends at the freezing."""
    stage.order("scenario", "paid")
    eyes.open()
    before = eyes.text("[data-due]")
    eyes.fill("#clock-speed", "20")
    eyes.named("Run").click()

    seen = set()
    eyes.until("another figure", lambda: seen.add(eyes.text("[data-due]")) or len(seen) > 3)
    assert before not in seen - {before}
    eyes.see("It runs at 20 times real time.", "#clock")
    eyes.fill("#clock-speed", "2000")
    eyes.named("Run").click()
    eyes.see("can be distributed", "article h3")
    eyes.named("Stop the clock").click()
    eyes.see("It stands still", "#clock")


def test_what_is_typed_and_unfolded_stays(stage, eyes):
    """When the page refreshes, focus, typed text, unfolded parts and scroll stay as they are."""
    stage.order("scenario", "three-receivers")
    eyes.open()
    eyes.one("#kinds summary").click()
    eyes.one(".order summary").click()
    field = eyes.fill("#pay-out_trade_no", "HALF-TY")
    eyes.run("scrollTo(0, 333)")

    stage.order("scenario", "paid")

    eyes.see("SCENARIO000002", "#transactions")
    assert eyes.driver.switch_to.active_element == field
    assert field.get_property("value") == "HALF-TY"
    assert eyes.one("#kinds").get_property("open")
    assert not eyes.one(".order").get_property("open")
    assert eyes.run("return scrollY") == 333
    eyes.see("paid SCENARIO000002 ¥100.00", "#news")


def test_fault_is_ordered_seen_and_cleared(stage, eyes):
    """A fault is ordered by the form, strikes a call, is seen there, and goes."""
    eyes.open()
    eyes.named("forged", among="option", inside="#fault-kind").click()
    eyes.named("transactions.mark", among="option", inside="#fault-endpoint").click()
    eyes.fill("#fault-count", "2")
    eyes.named("Put in force").click()
    eyes.see("Fault 1 is in force: forged.", "#notice")
    eyes.see("at most 2 calls", "#fault-1")

    stage.call(fail_to_mark)
    eyes.see("fault: forged", "#calls")
    eyes.see("forged 1 ×", "#faults")

    eyes.named("Clear fault 1 forged").click()
    eyes.see("No fault is in force.", "#faults")


def test_failed_signature_is_explained(stage, eyes):
    """The text that was signed stands beside the one that the service expected."""
    eyes.open()
    sent = '{"out_trade_no": "P20150806125346", "currency": "CNY"}'
    signed = '{"out_trade_no":"P20150806125346","currency":"CNY"}'

    assert stage.post(MARK, sent, signed=signed) == 401

    eyes.see("signature refused", "#call-1")
    eyes.one("#why-1 summary").click()
    assert eyes.one("#why-1").get_property("open")
    wrong = eyes.one("#why-1 .different")
    expected, given = wrong.find_elements("css selector", "dd")
    assert expected.text == sent.replace(" ", "␣") + "⟨\\n⟩"
    assert given.text == signed + "⟨\\n⟩"
    assert len(eyes.driver.find_elements("css selector", "#why-1 .same")) == 4
    assert stage.post(MARK, signed) == 204
    eyes.see("signature holds", "#call-2")


def test_refused_order_is_told(stage, eyes):
    """What cannot be done is told in words, and what was typed stays."""
    eyes.open()
    pay(eyes, "TWICE-1")
    eyes.named("Pay").click()

    eyes.see("was paid before", "#notice.bad")
    assert eyes.one("#pay-out_trade_no").get_property("value") == "TWICE-1"


def test_works_by_keyboard(stage, eyes):
    """The skip link comes first; buttons are pressed by Enter; focus goes to what is left."""
    stage.order("scenario", "waiting-receivers")
    eyes.open()
    active = eyes.driver.switch_to
    active.active_element.send_keys(TAB)
    assert active.active_element.text == "Skip to the sandbox"
    active.active_element.send_keys(ENTER)
    assert active.active_element.get_attribute("id") == "main"

    eyes.named("Approve 1230000100").send_keys(ENTER)

    eyes.see("Receiver 1230000100 is approved.", "#notice")
    eyes.until("focus", lambda: active.active_element.get_attribute("id") == "receivers-title")


def test_works_without_script(stage, plain_eyes):
    """With script switched off the forms lead back to the page, which tells what came of them."""
    plain_eyes.open()
    assert "refresh by itself" in plain_eyes.text("footer")

    pay(plain_eyes, "NOSCRIPT1")
    plain_eyes.named("+5 min of the clock").click()

    plain_eyes.see("The clock shows 2026-01-05 09:05:00.", "#notice")
    plain_eyes.see("NOSCRIPT1", "article h3")
    assert plain_eyes.driver.current_url.endswith("#clock")


def test_server_that_is_gone_is_told(stage, eyes):
    """When the sandbox ends, the page says that it does not answer."""
    eyes.open()

    stage.do(stage.sandbox.__aexit__(None, None, None))

    eyes.see("does not answer", "#notice.bad")
