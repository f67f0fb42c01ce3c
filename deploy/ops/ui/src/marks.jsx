// What happened meanwhile, drawn across all graphs: Perses 0.52 has no annotations.
import React, { forwardRef, useCallback, useSyncExternalStore } from "react";
import { createPortal } from "react-dom";
import { useQuery } from "@tanstack/react-query";
import { useTimeRange } from "@perses-dev/plugin-system";
import { TimeSeriesChartBase as Plain } from "@perses-dev/timeseries-chart-plugin";

const MARKS = JSON.parse(document.getElementById("dashboard").dataset.marks);
const COLOURS = { green: "#2e8b57", orange: "#d98200", red: "#c0392b" };
const MOST_SHOWN = 6;
const MOST_POINTS = 10000; // Prometheus answers with 11,000

// Which marks a person does not want to see now; every graph and the list look here.
let unwanted = new Set();
const lookers = new Set();
const wants = {
  subscribe: (looker) => {
    lookers.add(looker);
    return () => lookers.delete(looker);
  },
  get: () => unwanted,
  toggle: (name) => {
    unwanted = new Set(unwanted);
    if (!unwanted.delete(name)) unwanted.add(name);
    lookers.forEach((looker) => looker());
  },
};

function wording(mark, labels, value) {
  const known = { ...labels, value };
  return mark.text.replace(/{{(\w+)}}/g, (_, name) => known[name] ?? "").trim();
}

// Points that follow each other are one event; a gap begins the next.
function eventsOf(mark, series, step, end) {
  return series.flatMap(({ metric, values }) => {
    const found = [];
    for (const [seconds, text] of values) {
      const last = found.at(-1);
      if (last && seconds - last.to <= step * 1.5) {
        last.to = seconds;
        last.value = Math.max(last.value, Number(text));
      } else {
        found.push({ from: seconds, to: seconds, value: Number(text) });
      }
    }
    return found.map(({ from, to, value }) => ({
      mark,
      from: from * 1000,
      to: to * 1000,
      lasts: to + step >= end,
      text: wording(mark, metric, value),
    }));
  });
}

async function ask(mark, start, end) {
  const range = end - start;
  // Fine enough to see each deploy, as long as there are not too many points.
  const step = Math.ceil(Math.max(5, Math.min(60, range / 400), range / MOST_POINTS));
  const body = new URLSearchParams({ query: mark.expr, start: Math.floor(start / step) * step, end, step });
  const answer = await (await fetch("/prometheus/api/v1/query_range", { method: "POST", body })).json();
  return answer.status === "success" ? eventsOf(mark, answer.data.result, step, end) : [];
}

function useEvents() {
  const { absoluteTimeRange, refreshKey } = useTimeRange();
  const hidden = useSyncExternalStore(wants.subscribe, wants.get);
  const [start, end] = [absoluteTimeRange.start, absoluteTimeRange.end].map((at) => Math.floor(at.getTime() / 1000));
  // One answer for all graphs of a page: each change of it paints every one of them anew.
  const { data } = useQuery({
    queryKey: ["marks", start, end, refreshKey],
    queryFn: () => Promise.all(MARKS.map((mark) => ask(mark, start, end))),
    keepPreviousData: true,
  });
  const all = MARKS.map((mark, at) => ({ mark, wanted: !hidden.has(mark.name), events: data?.[at] ?? [] }));
  return { all, wanted: all.filter((each) => each.wanted).flatMap((each) => each.events) };
}

function drawn(events, { min, max }) {
  const within = (at) => Math.min(Math.max(at, min), max);
  const colour = (event) => COLOURS[event.mark.colour];
  return {
    type: "line",
    name: "marks",
    data: [], // else it would draw the first line once more
    z: 1,
    silent: true,
    markArea: {
      silent: true,
      data: events
        .filter((event) => event.mark.lasts)
        .map((event) => [
          { xAxis: within(event.from), itemStyle: { color: colour(event), opacity: 0.16 } },
          { xAxis: within(event.lasts ? max : event.to) },
        ]),
    },
    markLine: {
      silent: true,
      symbol: "none",
      label: { show: false },
      data: events.map((event) => ({
        xAxis: within(event.from),
        lineStyle: { color: colour(event), width: 1.5, type: event.mark.lasts ? "solid" : "dashed" },
      })),
    },
  };
}

// Stands in for the chart of Perses' own panel; see vite.config.js.
export const TimeSeriesChartBase = forwardRef(function Marked(props, ref) {
  const { wanted } = useEvents();
  const key = JSON.stringify(wanted);
  const add = useCallback(
    (option) => (option.series ? { ...option, series: [...option.series, drawn(wanted, option.xAxis)] } : option),
    [key], // eslint-disable-line react-hooks/exhaustive-deps
  );
  return <Plain {...props} ref={ref} __experimentalEChartsOptionsOverride={add} />;
});

// As the axes of the graphs say it.
const clock = (at) => new Date(at).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });

function when({ mark, from, to, lasts }) {
  if (mark.lasts && lasts) return `since ${clock(from)}`;
  return mark.lasts && clock(from) !== clock(to) ? `${clock(from)}–${clock(to)}` : clock(from);
}

// The legend, with what happened last; it stands above the dashboard.
export function Marks() {
  const { all, wanted } = useEvents();
  const newest = [...wanted].sort((one, other) => other.from - one.from).slice(0, MOST_SHOWN);
  const colour = (mark) => ({ "--mark": COLOURS[mark.colour] });
  return createPortal(
    <>
      {all.map(({ mark, wanted: on, events }) => (
        <button key={mark.name} aria-pressed={on} style={colour(mark)} onClick={() => wants.toggle(mark.name)}>
          {mark.name} {events.length}
        </button>
      ))}
      <ol>
        {newest.map((event) => (
          <li key={`${event.mark.name} ${event.from} ${event.text}`} style={colour(event.mark)}>
            <time>{when(event)}</time> {event.mark.name}: {event.text}
          </li>
        ))}
      </ol>
    </>,
    document.getElementById("marks"),
  );
}
