// One dashboard of ours, drawn by Perses from its JSON and Prometheus' own HTTP API.
import React from "react";
import { createRoot } from "react-dom/client";
import { CssBaseline, ThemeProvider } from "@mui/material";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { BrowserRouter, Link, useNavigate } from "react-router-dom";
import { QueryParamProvider } from "use-query-params";
import { ReactRouter6Adapter } from "use-query-params/adapters/react-router-6";
import { ChartsProvider, SnackbarProvider, generateChartsTheme, getTheme } from "@perses-dev/components";
import { ViewDashboard } from "@perses-dev/dashboards";
import { PluginRegistry, RouterProvider, dynamicImportPluginLoader } from "@perses-dev/plugin-system";
import * as prometheus from "@perses-dev/prometheus-plugin";
import * as stat from "@perses-dev/stat-chart-plugin";
import * as timeseries from "@perses-dev/timeseries-chart-plugin";
import { Marks } from "./marks.jsx";

// Relative to the page, so that it works behind any path.
const PROMETHEUS = "/prometheus";
const datasource = {
  kind: "GlobalDatasource",
  metadata: { name: "prometheus" },
  spec: { default: true, plugin: { kind: "PrometheusDatasource", spec: { directUrl: PROMETHEUS, scrapeInterval: "5s" } } },
};
const datasources = {
  getDatasource: async () => undefined,
  getGlobalDatasource: async () => datasource,
  listDatasources: async () => [],
  listGlobalDatasources: async () => [datasource],
  buildProxyUrl: () => PROMETHEUS,
};
const plugins = dynamicImportPluginLoader(
  [prometheus, timeseries, stat].map((plugin) => ({
    resource: plugin.getPluginModule(),
    importPlugin: async () => plugin,
  })),
);
const queries = new QueryClient({ defaultOptions: { queries: { refetchOnWindowFocus: false, retry: 0 } } });
const dark = window.matchMedia("(prefers-color-scheme: dark)").matches;
const theme = getTheme(dark ? "dark" : "light", { shape: { borderRadius: 8 } });
const charts = generateChartsTheme(theme, {
  echartsTheme: {
    // Perses leaves 5: half of the topmost number on the axis.
    grid: { top: 12, right: 20, bottom: 0, left: 20, containLabel: true },
    color: dark
      ? ["#6bb8e8", "#f0b44c", "#7ccf9c", "#e88a93", "#b69cf0", "#8ad5d0", "#d8d06b", "#c9a68a"]
      : ["#00558c", "#d98200", "#2e8b57", "#c0392b", "#6a4fb3", "#00817f", "#8a7d00", "#7d5a3c"],
  },
});

function Routed({ children }) {
  const navigate = useNavigate();
  return (
    <RouterProvider RouterComponent={Link} navigate={navigate}>
      {children}
    </RouterProvider>
  );
}

function Dashboard({ dashboard }) {
  return (
    <ViewDashboard
      dashboardResource={dashboard}
      datasourceApi={datasources}
      isReadonly={true}
      isVariableEnabled={true}
      isDatasourceEnabled={false}
      dashboardTitleComponent={
        <>
          <span className="untitled" />
          <Marks />
        </>
      }
    />
  );
}

function App({ dashboard }) {
  return (
    <ThemeProvider theme={theme}>
      <CssBaseline />
      <ChartsProvider chartsTheme={charts}>
        <SnackbarProvider>
          <BrowserRouter>
            <QueryParamProvider adapter={ReactRouter6Adapter}>
              <Routed>
                <PluginRegistry
                  pluginLoader={plugins}
                  defaultPluginKinds={{ Panel: "TimeSeriesChart", TimeSeriesQuery: "PrometheusTimeSeriesQuery" }}
                >
                  <QueryClientProvider client={queries}>
                    <Dashboard dashboard={dashboard} />
                  </QueryClientProvider>
                </PluginRegistry>
              </Routed>
            </QueryParamProvider>
          </BrowserRouter>
        </SnackbarProvider>
      </ChartsProvider>
    </ThemeProvider>
  );
}

const place = document.getElementById("dashboard");
const answer = await fetch(`/dashboards/${place.dataset.name}.json`);
createRoot(place).render(<App dashboard={await answer.json()} />);
