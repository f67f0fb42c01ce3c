// Says in the header how many alerts fire, on every page, and goes on saying it.
const badge = document.querySelector("[data-firing]");

async function look() {
  let alerts;
  try {
    const answer = await fetch("/prometheus/api/v1/alerts", { cache: "no-store" });
    alerts = (await answer.json()).data.alerts;
  } catch {
    badge.dataset.state = "blind";
    badge.textContent = "Prometheus does not answer";
    return;
  }
  const firing = (severity) =>
    alerts.filter((alert) => alert.state === "firing" && alert.labels.severity === severity).length;
  const pages = firing("page");
  const tickets = firing("ticket");
  badge.dataset.state = pages ? "page" : tickets ? "ticket" : "good";
  const count = (number, noun) => `${number} ${noun}${number === 1 ? "" : "s"}`;
  badge.textContent =
    pages || tickets ? `${count(pages, "page")} · ${count(tickets, "ticket")}` : "No alerts";
}

look();
setInterval(look, 10000);
