// Bundles the console's CSS and JavaScript and draws the icon sprite into the static folder that Django serves.
// Everything comes from node_modules; nothing is fetched when a page is shown.
import { copyFile, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = path.dirname(fileURLToPath(import.meta.url));
const out = path.resolve(here, "../src/tongdian/interfaces/console/static/console/dist");

/** Return the sprite: one <symbol> for each icon named in icons.json. */
async function sprite() {
  const names = JSON.parse(await readFile(path.join(here, "icons.json"), "utf8"));
  const symbols = await Promise.all(
    names.map(async (name) => {
      const svg = await readFile(path.join(here, `node_modules/@tabler/icons/icons/outline/${name}.svg`), "utf8");
      const shapes = svg.slice(svg.indexOf(">", svg.indexOf("<svg")) + 1, svg.lastIndexOf("</svg>"));
      return `<symbol id="${name}" viewBox="0 0 24 24">${shapes.replace(/\s*\n\s*/g, "")}</symbol>`;
    }),
  );
  return `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("\n")}</svg>\n`;
}

await rm(out, { recursive: true, force: true });
await build({
  entryPoints: [path.join(here, "css/console.css"), path.join(here, "css/portal.css"), path.join(here, "css/map.css"), path.join(here, "js/console.js"), path.join(here, "js/portal.js"), path.join(here, "js/theme.js")],
  outdir: out,
  entryNames: "[name]",
  bundle: true,
  minify: true,
  target: ["chrome111", "firefox115", "safari16.4"],
  legalComments: "linked",
  logLevel: "warning",
});
await build({
  entryPoints: [path.join(here, "js/map.js"), path.join(here, "js/chart.js")],
  outdir: out,
  bundle: true,
  minify: true,
  format: "esm",
  target: ["chrome111", "firefox115", "safari16.4"],
  legalComments: "linked",
  logLevel: "warning",
});
// the map's worker is loaded from beside its script
const worker = "maplibre-gl-worker.mjs";
await copyFile(path.join(here, `node_modules/maplibre-gl/dist/${worker}`), path.join(out, worker));
await writeFile(path.join(out, "icons.svg"), await sprite());
