"""Libraries far larger than a test can make: the grid over answers made up in the browser's place."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.pretended import pretend
from tests.e2e.until import THUMBNAILS, until


def test_the_last_of_a_million_pictures_can_be_reached(visit, site):
    visitor = visit()
    pretend(visitor.page, site, 1_000_000)
    page = visitor.go()
    expect(page.locator(".dr-context p")).to_have_text(re.compile(r"1.000.000 pictures"))
    page.locator(".dr-grid").focus()
    page.keyboard.press("End")
    last = page.locator("#dr-cell-999999")
    expect(last).to_have_attribute("aria-label", re.compile("^number-999999"))
    box, grid = last.bounding_box(), page.locator(".dr-grid").bounding_box()
    assert grid["y"] <= box["y"]
    assert box["y"] + box["height"] <= grid["y"] + grid["height"]

    # By the scrollbar: the middle of the bar is the middle of the library.
    page.locator(".dr-grid").evaluate("grid => grid.scrollTo(0, (grid.scrollHeight - grid.clientHeight) / 2)")
    until(page, "Number(document.querySelector('.dr-cell').id.slice(8)) < 900000")
    until(page, THUMBNAILS)
    first = int(page.locator(".dr-cell").first.get_attribute("id").removeprefix("dr-cell-"))
    assert 480_000 < first < 520_000

    # By the wheel: one notch moves the pictures by as much as the hand asked.
    before = page.locator(f"#dr-cell-{first + 40}").bounding_box()["y"]
    page.mouse.move(700, 500)
    page.mouse.wheel(0, 120)
    after = f"document.getElementById('dr-cell-{first + 40}').getBoundingClientRect().y"
    until(page, f"Math.abs({before} - {after} - 120) <= 6")


def test_until_it_is_known_where_pages_begin_the_first_are_shown_and_the_rest_come_by_themselves(visit, site):
    visitor = visit()
    state = {"begun": True}
    asked = pretend(visitor.page, site, 5_000, lambda: state["begun"])
    page = visitor.go()
    expect(page.locator(".dr-context p")).to_have_text(re.compile(r"5.000 pictures"))
    until(page, THUMBNAILS)
    grid = page.locator(".dr-grid")
    grid.focus()
    page.keyboard.press("End")
    last = page.locator("#dr-cell-4999")
    expect(last).to_be_visible()
    expect(last.locator("img")).to_have_count(0)
    assert not [one for one in asked if "cursor=" in one], "nobody asks for what cannot be told"
    page.keyboard.press("Home")
    until(page, THUMBNAILS)
    page.keyboard.press("End")
    state["begun"] = False
    # It asks again by itself, and nothing need be touched.
    expect(last).to_have_attribute("aria-label", re.compile("^number-4999"), timeout=15_000)
    until(page, THUMBNAILS)
    indexes = [one for one in asked if "/index?" in one]
    page.wait_for_timeout(5_000)
    assert len([one for one in asked if "/index?" in one]) == len(indexes), "and then no more"
    assert len(indexes) >= 2


@pytest.mark.slow
def test_scrolling_through_a_hundred_thousand_stays_light(visit, site):
    visitor = visit()
    asked = pretend(visitor.page, site, 100_000)
    page = visitor.go()
    until(page, THUMBNAILS)
    frames = page.evaluate(
        """async () => {
          const grid = document.querySelector(".dr-grid"), frames = [];
          let last = performance.now();
          for (const end = last + 3000; last < end;) {
            grid.scrollTop += 60;
            await new Promise(requestAnimationFrame);
            const now = performance.now();
            frames.push(now - last);
            last = now;
          }
          return frames.sort((a, b) => a - b);
        }"""
    )
    # Software rendering on a shared machine: what matters is that it never stands still.
    assert frames[len(frames) // 2] < 200
    assert page.evaluate("document.querySelectorAll('.dr-frame *').length") < 2500
    jumps = len(asked)
    for share in (0.1, 0.9, 0.4):
        page.locator(".dr-grid").evaluate(f"grid => grid.scrollTo(0, grid.scrollHeight * {share})")
        until(
            page,
            """() => { const all = [...document.querySelectorAll(".dr-cell")];
                       return all.length > 10 && all.every(one => one.querySelector("img.dr-seen")); }""",
            seconds=10,
        )
    assert len(asked) - jumps <= 9
