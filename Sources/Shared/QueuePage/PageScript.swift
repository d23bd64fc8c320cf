/// The one script of the page: asks for the middle of a live page again and again, and changes what is different, so that what has
/// the focus keeps it. Without it a browser loads the page anew every 15 seconds.
enum PageScript {
  static let javascript = """
    "use strict";
    (() => {
      const main = document.querySelector("main[data-live]");
      const told = document.getElementById("told");
      if (!main) return;
      const shortest = 3000;

      // Changes a tree into another, node by node.
      function become(here, there) {
        if (here.nodeType !== there.nodeType || here.nodeName !== there.nodeName) {
          here.replaceWith(there.cloneNode(true));
          return;
        }
        if (here.nodeType === Node.TEXT_NODE) {
          if (here.data !== there.data) here.data = there.data;
          return;
        }
        if (here.nodeType !== Node.ELEMENT_NODE) return;
        const isTyped = here === document.activeElement && here.matches("input, select, textarea");
        if (isTyped) return;
        for (const { name } of [...here.attributes]) {
          if (!there.hasAttribute(name) && name !== "open") here.removeAttribute(name);
        }
        for (const { name, value } of [...there.attributes]) {
          if (here.getAttribute(name) !== value) here.setAttribute(name, value);
        }
        children(here, there);
      }

      function children(here, there) {
        const [old, fresh] = [[...here.childNodes], [...there.childNodes]];
        fresh.forEach((node, place) => {
          if (place < old.length) become(old[place], node);
          else here.append(node.cloneNode(true));
        });
        old.slice(fresh.length).forEach((node) => node.remove());
      }

      async function refresh() {
        const begun = performance.now();
        let pause = shortest;
        if (!document.hidden) {
          try {
            const answer = await fetch(location.href, { headers: { "X-Fragment": "1" }, credentials: "same-origin", cache: "no-store" });
            const text = await answer.text();
            if (answer.status === 401) { location.reload(); return; }
            if (answer.ok) {
              const parsed = new DOMParser().parseFromString("<main>" + text + "</main>", "text/html");
              children(main, parsed.querySelector("main"));
              told.textContent = "As of " + new Date().toLocaleTimeString();
              told.classList.remove("late");
            } else {
              told.textContent = "Not renewed: the answer was " + answer.status;
              told.classList.add("late");
            }
          } catch {
            told.textContent = "Not renewed: coordinator serve does not answer";
            told.classList.add("late");
          }
          // A queue that takes long to read is read less often.
          pause = Math.max(shortest, 10 * (performance.now() - begun));
        }
        setTimeout(refresh, pause);
      }
      setTimeout(refresh, shortest);
    })();
    """
}
