// A live page asks for itself again, and puts in the parts that have changed.
"use strict";
(() => {
  const refresh = async () => {
    const page = document.querySelector("[data-live]");
    if (!page) return; // the campaign has ended: the last refresh took the mark away
    if (!document.hidden) {
      try {
        const answer = await fetch(location.href, { cache: "no-store" });
        if (answer.ok) put(page, new DOMParser().parseFromString(await answer.text(), "text/html"));
      } catch {
        // The server is gone or busy: the next turn may find it again.
      }
    }
    setTimeout(refresh, Number(page.dataset.live));
  };

  const put = (page, fresh) => {
    const root = fresh.getElementById(page.id);
    if (!root) return;
    for (const part of root.querySelectorAll("[data-part]")) {
      const old = page.querySelector(`[data-part="${part.dataset.part}"]`);
      if (!old) {
        const following = part.nextElementSibling && page.querySelector(`[data-part="${part.nextElementSibling.dataset.part}"]`);
        page.insertBefore(part, following || null);
      } else if (old.outerHTML !== part.outerHTML && !old.contains(document.activeElement)) {
        const open = [...old.querySelectorAll("details")].map((d) => d.open);
        old.replaceWith(part);
        part.querySelectorAll("details").forEach((d, n) => { d.open = open[n] || d.open; });
      }
    }
    if (!root.dataset.live) delete page.dataset.live;
  };

  setTimeout(refresh, 2000);
})();
