import pytest

from wxdist.models import ReceiverType
from wxdist.sandbox.rules.refusal import Refused

SHOP = ("", ReceiverType.MERCHANT_ID, "86693852")


def said(act, *arguments, **more):
    """Return the status and the message of a refusal."""
    with pytest.raises(Refused) as refusal:
        act(*arguments, **more)
    return refusal.value.status, refusal.value.message


def ours(message):
    return 400, f"[sandbox] {message}"


def state(p):
    return str(p.world.receivers.get(SHOP, None, None).state)


def test_manual_audit_waits(play):
    """A receiver stays INIT until it is approved."""
    p = play()
    p.add()
    p.go(days=30)
    before = state(p)
    p.world.receivers.approve("86693852", None)

    assert ("INIT", "EFFECTIVE") == (before, state(p))


def test_automatic_audit_takes_three_working_days(play):
    """With audit="auto" a receiver added on a Friday is EFFECTIVE on Wednesday."""
    p = play(audit="auto")
    p.go(days=4)
    p.add()
    p.go(86400 * 5 - 1)
    before = state(p)
    p.go(1)

    assert ("INIT", "EFFECTIVE") == (before, state(p))


def test_automatic_audit_finds_it_gone_or_done(play):
    """An audit that ends after the receiver was deleted, or approved, changes nothing."""
    p = play(audit="auto")
    p.add()
    p.add("other")
    p.world.receivers.delete(SHOP, None, None)
    p.world.receivers.approve("other", None)
    p.go(days=5)

    assert [("other", "EFFECTIVE")] == [
        (each.account, str(each.state)) for each in p.world.state.relations.values()
    ]


def test_adding_again(play):
    """Adding again is refused in INIT and EFFECTIVE, and allowed after a refusal."""
    p = play()
    p.add()
    under_audit = said(p.add)
    p.world.receivers.refuse("86693852", "PAPERS", None)
    refused = p.world.receivers.get(SHOP, None, None)
    p.add()
    p.world.receivers.approve("86693852", None)

    assert ours("the receiver was added before and is INIT") == under_audit
    assert ("SANDBOX_REFUSED", "PAPERS") == (refused.state, refused.fail_reason)
    assert ours("the receiver was added before and is EFFECTIVE") == said(p.add)


def test_refused_receiver_gets_no_money(play):
    """A receiver whose audit failed is not paid."""
    p = play()
    payment = p.ready()
    p.add()
    p.world.receivers.refuse("86693852", "PAPERS", None)

    assert ours("a receiver is SANDBOX_REFUSED: only an EFFECTIVE one may receive") == said(
        p.create, payment, p.ask()
    )


def test_what_adding_needs(play):
    """Merchants need a name, persons their app and consent, CUSTOM its words."""
    p = play()

    assert ours("a receiver of type MERCHANT_ID needs name, its full name") == said(
        p.add, name=None
    )
    assert (400, "appid is not set for a receiver of type PERSONAL_OPENID") == said(
        p.add, type="PERSONAL_OPENID"
    )
    assert (400, "name is sent for an individual without authorized=true") == said(
        p.add, type="PERSONAL_OPENID", appid="wx1", authorized=False
    )
    assert ours("relation_type CUSTOM needs custom_relation") == said(p.add, relation_type="CUSTOM")


@pytest.mark.parametrize("field", ["application_file_id", "partnership_file_id"])
def test_papers_must_be_uploaded(play, field):
    """A file id that was not handed out is refused; one that was is taken."""
    p = play()
    refusal = said(p.add, **{field: "b6a17e2a-1dc4-4376-8630-e73d06490c0d"})
    uploaded = p.world.receivers.upload()

    assert ours("a file id is not of an uploaded file") == refusal
    assert uploaded == getattr(p.add(**{field: uploaded}), field)


def test_deleted_and_unknown_are_404(play):
    """A receiver that is not there, or not any more, is 404 in query and delete."""
    p = play()
    p.add()
    p.world.receivers.delete(SHOP, None, None)
    expected = (404, "[sandbox] no such receiver")

    assert expected == said(p.world.receivers.get, SHOP, None, None)
    assert expected == said(p.world.receivers.delete, SHOP, None, None)


def test_person_is_asked_for_with_its_app(play):
    """A person is found only with the app that it was added with."""
    p = play()
    p.add("o1", type="PERSONAL_OPENID", appid="wx1", name=None)
    key = ("", ReceiverType.PERSONAL_OPENID, "o1")

    assert "o1" == p.world.receivers.get(key, "wx1", None).account
    assert (400, "The user's OpenID does not belong to the app id") == said(
        p.world.receivers.get, key, "wx2", None
    )
    assert 400 == said(p.world.receivers.get, key, None, None)[0]


def test_approving_needs_exactly_one(play):
    """Approving takes the only one that waits, or the named sub-merchant's."""
    p = play(mode="institutional", sub_mchids=("A", "B"))
    p.add(sub="A")
    p.add(sub="B")
    for account in ("86693852", "other"):
        with pytest.raises(ValueError, match="wait for their audit"):
            p.world.receivers.approve(account, None)
    p.world.receivers.approve("86693852", "B")
    p.world.receivers.refuse("86693852", "PAPERS", None)

    assert ["SANDBOX_REFUSED", "EFFECTIVE"] == [
        str(each.state) for each in p.world.state.relations.values()
    ]
