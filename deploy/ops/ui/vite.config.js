// Builds one script, and beside it the licence of every package that went into it.
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import react from "@vitejs/plugin-react";

function licences() {
  return {
    name: "licences",
    generateBundle(_options, bundle) {
      const found = new Map();
      for (const chunk of Object.values(bundle)) {
        for (const module of Object.keys(chunk.modules ?? {})) {
          const path = module.replace(/^\0/, "").split("?")[0];
          let folder = dirname(path);
          while (folder.includes("node_modules") && !named(folder)) folder = dirname(folder);
          if (folder.includes("node_modules/")) {
            const about = named(folder);
            if (about) found.set(`${about.name} ${about.version}`, { about, folder });
          }
        }
      }
      const parts = [...found.entries()].sort().map(([name, { about, folder }]) => {
        const file = readdirSync(folder).find((each) => /^(licen[cs]e|copying)/i.test(each));
        const text = file ? readFileSync(join(folder, file), "utf8").trim() : "(see the package)";
        return `${"=".repeat(72)}\n${name} (${about.license ?? "?"})\n\n${text}\n`;
      });
      this.emitFile({ type: "asset", fileName: "LICENCES.txt", source: parts.join("\n") });
    },
  };
}

// Perses' panel draws our chart, which is its own with marks: it lets nobody add to it.
function marked() {
  return {
    name: "marked",
    enforce: "pre",
    resolveId(source, importer) {
      const asks = importer?.endsWith("timeseries-chart-plugin/lib/TimeSeriesChartPanel.js");
      return asks && source === "./TimeSeriesChartBase" ? join(import.meta.dirname, "src/marks.jsx") : undefined;
    },
  };
}

function named(folder) {
  const file = join(folder, "package.json");
  if (!existsSync(file)) return undefined;
  const about = JSON.parse(readFileSync(file, "utf8"));
  return about.name && about.version ? about : undefined;
}

export default {
  base: "/ui/",
  plugins: [marked(), react(), licences()],
  define: { "process.env.NODE_ENV": '"production"', "process.env": {}, global: "globalThis" },
  build: {
    target: "es2022",
    chunkSizeWarningLimit: 9000,
    modulePreload: false,
    rollupOptions: {
      input: "src/main.jsx",
      output: { entryFileNames: "dashboard.js", chunkFileNames: "dashboard-[name].js", assetFileNames: "[name][extname]" },
    },
  },
};
