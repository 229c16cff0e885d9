"""The page for everybody: checked by axe-core, narrow and wide, light and dark."""

import pytest

MARK = "/v3/global/profit-sharing/transactions/mark"


@pytest.fixture
def full_page(stage, eyes):
    """A page with something in every part of it."""
    for name in ("one-closed", "half-released", "refunded", "waiting-receivers", "paid"):
        stage.order("scenario", name)
    stage.order("inject", kind="forged", count=3)
    stage.order("inject", kind="throttled", endpoint="orders.create", options={"retry_after": 5})
    body = '{"out_trade_no": "P20150806125346", "currency": "CNY"}'
    stage.post(MARK, body)
    stage.post(MARK, body, signed='{"out_trade_no":"P20150806125346","currency":"CNY"}')
    stage.post(MARK, body, signed="nothing like it")
    return eyes


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_axe_finds_nothing(full_page, axe, scheme, width):
    """There is no finding of any weight, everything unfolded, and nothing to scroll sideways."""
    full_page.media(prefers_color_scheme=scheme)
    full_page.width(width)
    full_page.open()
    full_page.run("for (const each of document.querySelectorAll('details')) each.open = true")

    full_page.run(axe)
    found = full_page.driver.execute_async_script("axe.run().then(arguments[0])")

    print(f"{scheme} {width}: {len(found['passes'])} rules passed")
    assert [] == [(each["impact"], each["id"], each["nodes"]) for each in found["violations"]]
    assert width == full_page.run("return document.documentElement.scrollWidth")


def test_nothing_moves_for_who_wants_no_motion(full_page):
    """Nothing is animated where reduced motion is asked for."""
    moving = (
        "return [...document.querySelectorAll('*')].filter((each) => {"
        " const it = getComputedStyle(each);"
        " return it.transitionDuration !== '0s' || it.animationName !== 'none'"
        " || it.scrollBehavior !== 'auto' }).length"
    )
    full_page.media(prefers_reduced_motion="no-preference")
    full_page.open()
    assert full_page.run(moving) > 0

    full_page.media(prefers_reduced_motion="reduce")

    assert full_page.run(moving) == 0
