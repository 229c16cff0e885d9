"use strict";
// The page works without this. With it, what changed is fetched and put in its place: what has
// the focus keeps it, what is unfolded stays so, and what was typed stays typed.
(() => {
  const LIVE = "/_sandbox/page/live";
  const PERIOD = 1000;
  const SPOKEN = 3;

  const news = document.getElementById("news");
  let sending = false;
  let lost = false;
  let heard = newest();

  function attributes(old, wanted) {
    for (const { name } of [...old.attributes]) {
      if (!wanted.hasAttribute(name) && name !== "open") old.removeAttribute(name);
    }
    for (const { name, value } of wanted.attributes) {
      if (name !== "open" && old.getAttribute(name) !== value) old.setAttribute(name, value);
    }
  }

  function children(old, wanted) {
    let at = old.firstChild;
    for (const next of [...wanted.childNodes]) {
      let kept = at;
      if (next.id) {
        kept = [...old.children].find((each) => each.id === next.id);
        if (kept && kept !== at) old.insertBefore(kept, at);
      } else if (at && at.id) {
        kept = null;
      }
      if (kept) {
        at = kept.nextSibling;
        become(kept, next);
      } else {
        old.insertBefore(next, at);
      }
    }
    while (at) {
      const next = at.nextSibling;
      at.remove();
      at = next;
    }
  }

  function become(old, wanted) {
    if (old.isEqualNode(wanted)) return;
    if (old.nodeName !== wanted.nodeName) old.replaceWith(wanted);
    else if (old.nodeType !== Node.ELEMENT_NODE) old.data = wanted.data;
    else {
      attributes(old, wanted);
      children(old, wanted);
    }
  }

  function events() {
    return [...document.querySelectorAll("[data-event]")];
  }

  function newest() {
    return Math.max(0, ...events().map((each) => Number(each.dataset.event)));
  }

  function announce() {
    const fresh = events().filter((each) => Number(each.dataset.event) > heard);
    heard = newest();
    if (fresh.length === 0) return;
    const told = fresh.slice(0, SPOKEN).map((each) => each.textContent.trim()).reverse();
    const more = fresh.length - told.length;
    news.textContent = told.join("; ") + (more ? `; and ${more} more` : "");
  }

  function take(html) {
    const page = new DOMParser().parseFromString(html, "text/html");
    become(document.getElementById("main"), page.getElementById("main"));
    const notice = page.getElementById("notice");
    if (notice) become(document.getElementById("notice"), notice);
    read();
    announce();
  }

  // Between two looks the clock goes on by itself.
  let base = 0;
  let speed = 0;
  let since = 0;

  function turn(now) {
    base = now;
    since = performance.now();
  }

  function read() {
    const face = document.getElementById("now");
    speed = Number(face.dataset.speed);
    turn(Number(face.dataset.unix));
  }

  function span(seconds) {
    let left = Math.max(0, Math.ceil(seconds));
    const parts = [["d", 86400], ["h", 3600], ["min", 60], ["s", 1]].map(([unit, size]) => {
      const number = Math.floor(left / size);
      left %= size;
      return [number, unit];
    });
    const first = Math.max(0, parts.findIndex(([number]) => number > 0));
    const told = parts.slice(first, first + 2).filter(([number]) => number > 0);
    return told.map((each) => each.join(" ")).join(" ") || "0 s";
  }

  function say(element, text) {
    if (element.textContent !== text) element.textContent = text;
  }

  function tick() {
    if (!speed) return;
    const now = base + ((performance.now() - since) / 1000) * speed;
    const beijing = new Date((now + 8 * 3600) * 1000).toISOString();
    say(document.getElementById("now"), beijing.slice(0, 19).replace("T", " "));
    for (const each of document.querySelectorAll("[data-due]")) {
      say(each, span(Number(each.dataset.due) - now));
    }
  }

  function connected(is) {
    if (lost === is) {
      lost = !is;
      const notice = document.getElementById("notice");
      notice.className = is ? "good" : "bad";
      notice.textContent = is ? "✓ The sandbox answers again." : "✗ The sandbox does not answer.";
    }
  }

  async function refresh() {
    if (sending || document.hidden) return;
    const query = new URLSearchParams(location.search);
    query.set("seen", document.getElementById("main").dataset.version);
    try {
      const answer = await fetch(`${LIVE}?${query}`, { signal: AbortSignal.timeout(5000) });
      const html = await answer.text();
      if (sending) return;
      if (answer.status === 204) turn(Number(answer.headers.get("Wxdist-Now")));
      else if (answer.ok) take(html);
      connected(true);
    } catch {
      connected(false);
    }
  }

  async function send(form, button) {
    const place = form.closest("section");
    sending = true;
    try {
      const body = new URLSearchParams(new FormData(form, button));
      const answer = await fetch(form.getAttribute("action"), { method: "POST", body });
      const html = await answer.text();
      if (answer.ok) take(html);
      else location.reload();
      connected(true);
    } catch {
      connected(false);
    }
    sending = false;
    // The button may be gone with what it was for.
    if (document.activeElement === document.body) {
      document.getElementById(place.id)?.querySelector("h2")?.focus({ preventScroll: true });
    }
  }

  document.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!sending) send(event.target, event.submitter);
  });

  // A sandbox with much to show is not kept from its work by those who look at it.
  async function loop() {
    const begin = performance.now();
    await refresh();
    setTimeout(loop, Math.max(PERIOD, 10 * (performance.now() - begin)));
  }

  read();
  setInterval(tick, 250);
  setTimeout(loop, PERIOD);
})();
