// What pages do beyond forms and links. Without it everything can still be done.
(() => {
  "use strict";
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];

  // A new session's token goes into every form of the page that is open, and its stream begins.
  const renewTokens = () => {
    const fresh = document.querySelector("[data-csrf]");
    if (!fresh) return;
    for (const field of all("input[name=csrf]")) field.value = fresh.dataset.csrf;
    fresh.remove();
    document.getElementById("live")?.dispatchEvent(new Event("renewed"));
    document.querySelector("[data-typed]")?.focus();
    if ("again" in fresh.dataset) sendAgain();
  };

  // What was sent last: it goes on once the password was typed again.
  let sent = {};
  document.addEventListener("submit", ({ target: form, submitter }) => {
    if (!form.closest("#dialogs")) sent = { form, submitter };
  }, true);
  const sendAgain = () => {
    const { form, submitter } = sent;
    if (form?.isConnected) form.requestSubmit(submitter?.isConnected ? submitter : undefined);
  };

  // While a dialogue is open, nothing behind it takes the focus.
  const guardDialogue = () => {
    const isOpen = document.querySelector("#dialogs [data-dialog]") !== null;
    for (const behind of all("body > header, body > main, body > footer")) behind.inert = isOpen;
  };
  const closeDialogue = () => {
    document.getElementById("dialogs").replaceChildren();
    guardDialogue();
    (sent.submitter ?? sent.form)?.focus?.();
  };

  // Undo lasts ten seconds, not counting those in which a person is about to use it.
  const startUndo = () => {
    for (const form of all("form[data-undo]:not([data-started])")) {
      form.dataset.started = "";
      const notice = form.closest("[data-notice]");
      const button = form.querySelector("button");
      const word = button.textContent;
      let left = Number(form.dataset.undo);
      const count = () => {
        if (!form.isConnected) return;
        if (left < 0) return void notice.remove();
        button.textContent = word;
        const shown = document.createElement("span");
        shown.ariaHidden = "true";
        shown.textContent = ` ${left}`;
        button.append(shown);
        if (!notice.matches(":hover, :focus-within")) left -= 1;
        setTimeout(count, 1000);
      };
      count();
    }
  };

  // The time that is left until a moment: a rehearsal, a release after the clear.
  const tick = () => {
    for (const shown of all("time[data-left]")) {
      const left = Math.max(0, Math.round((Date.parse(shown.dateTime) - Date.now()) / 1000));
      const text = `in ${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")} min`;
      if (shown.textContent !== text) shown.textContent = text;
    }
  };

  const focusNew = () => document.querySelector("[autofocus]:not([data-focused])");
  const settle = () => {
    guardDialogue();
    renewTokens();
    startUndo();
    tick();
    const wanted = focusNew();
    if (wanted) {
      wanted.dataset.focused = "";
      if (document.activeElement !== wanted) wanted.focus();
      if (wanted.matches("input[data-typed]")) wanted.select();
    }
  };

  // Escape leaves: the row, the dialogue's field keeps it.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const row = event.target.closest?.("[data-editing]") ?? document.querySelector("[data-editing]");
    const open = document.querySelector("details[open].who");
    if (document.querySelector("#dialogs [data-close]")) closeDialogue();
    else if (row) row.querySelector("[data-cancel]")?.click();
    else if (open) open.removeAttribute("open");
  });

  // A suggested number goes into the field; Enter saves it.
  document.addEventListener("click", (event) => {
    const offered = event.target.closest("[data-suggest]");
    if (offered) {
      const field = document.getElementById(offered.dataset.for);
      if (field) {
        event.preventDefault();
        field.value = offered.dataset.suggest;
        field.focus();
      }
    }
    if (event.target.closest("[data-close]")) closeDialogue();
    const ticks = event.target.closest("[data-tick-all]");
    if (ticks) for (const box of all(`[name="${ticks.dataset.tickAll}"]`)) box.checked = ticks.checked;
    if (event.target.matches("input[type=checkbox]")) countTicks();
  });

  const countTicks = () => {
    for (const shown of all("[data-ticked]")) {
      const n = all(`[name="${shown.dataset.ticked}"]:checked`).length;
      shown.textContent = String(n);
      shown.closest("[data-bulk]")?.toggleAttribute("data-some", n > 0);
    }
  };

  // Whoever is asked to sign in already keeps what was typed.
  document.addEventListener("htmx:before:response", (event) => {
    const { sourceElement: from, response } = event.detail.ctx;
    const asks = from.matches("[data-asks-again]") || response.status === 401;
    if (asks && !from.closest("#dialogs") && document.querySelector("#again-username")) event.preventDefault();
  });
  document.addEventListener("htmx:after:swap", settle);
  document.addEventListener("htmx:after:settle", countTicks);
  document.addEventListener("htmx:error", () => {
    const told = document.getElementById("offline");
    const notices = document.getElementById("notices");
    if (told && notices) notices.replaceChildren(told.content.cloneNode(true));
  });
  document.addEventListener("htmx:sse:error", () => document.body.toggleAttribute("data-lost", true));
  document.addEventListener("htmx:sse:after:connection", () => document.body.toggleAttribute("data-lost", false));
  document.documentElement.dataset.js = "";
  document.querySelector(".menu [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
  settle();
  countTicks();
  document.querySelector("form[data-at-once]")?.requestSubmit();
  setInterval(tick, 1000);
  // Whatever became of the stream: all that listens to it looks again, where one sees it.
  const lookAgain = () => {
    if (!document.hidden) document.getElementById("live")?.dispatchEvent(new Event("resync"));
  };
  setInterval(lookAgain, 20000);
  document.addEventListener("visibilitychange", lookAgain);
})();
