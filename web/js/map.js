// A plan's map that can be moved: the same lines, routes and points that the page draws without it. No base map, no outside request.
import * as maplibregl from "maplibre-gl";

const root = document.documentElement;
const token = (name) => getComputedStyle(root).getPropertyValue(`--td-${name}`).trim();
const LOADS = ["load-0", "load-1", "load-2", "load-3", "load-4"];
const WIDTHS = [1.4, 2.1, 3, 4, 5.5];
const byLoad = (values) => ["match", ["get", "style"], ...LOADS.slice(1).flatMap((name, at) => [name, values[at + 1]]), values[0]];
const round = { "line-cap": "round", "line-join": "round" };

/** Return the style in the colours of the page's theme. */
function makeStyle(layers) {
  const isPick = ["==", ["get", "style"], "route"];
  return {
    version: 8,
    sources: {
      lines: { type: "geojson", data: layers.lines },
      routes: { type: "geojson", data: layers.routes },
    },
    layers: [
      { id: "land", type: "background", paint: { "background-color": token("land") } },
      { id: "street", type: "line", source: "lines", layout: round, paint: { "line-color": token("street"), "line-width": 12 } },
      { id: "line", type: "line", source: "lines", layout: round, paint: { "line-color": byLoad(LOADS.map(token)), "line-width": byLoad(WIDTHS) } },
      { id: "casing", type: "line", source: "routes", layout: round, paint: { "line-color": token("surface"), "line-width": 9 } },
      {
        id: "route",
        type: "line",
        source: "routes",
        layout: round,
        paint: { "line-color": ["case", isPick, token("fill"), token("ink")], "line-width": ["case", isPick, 5, 3] },
      },
    ],
  };
}

/** Put the points of the page onto the map, each with its words on a ground. */
function addPoint(map, point) {
  const mark = document.createElement("div");
  mark.className = `map-mark ${point.style}`;
  const label = document.createElement("span");
  label.textContent = point.label;
  mark.append(label);
  new maplibregl.Marker({ element: mark, anchor: "center" }).setLngLat(point.place).addTo(map);
}

function bring(box) {
  if (!document.createElement("canvas").getContext("webgl2")) {
    return; // the drawing stays
  }
  const layers = JSON.parse(document.getElementById(box.dataset.map).textContent);
  const place = document.createElement("div");
  place.className = "live";
  box.append(place);
  box.removeAttribute("role"); // no picture any more: it holds buttons
  const [west, south, east, north] = layers.bounds;
  const map = new maplibregl.Map({
    container: place,
    style: makeStyle(layers),
    bounds: [[west, south], [east, north]],
    attributionControl: false,
    scrollZoom: false, // the page scrolls; the buttons zoom
    dragRotate: false,
    maxZoom: 20,
    locale: {
      "Map.Title": box.getAttribute("aria-label"),
      "NavigationControl.ZoomIn": box.dataset.zoomIn,
      "NavigationControl.ZoomOut": box.dataset.zoomOut,
    },
  });
  map.addControl(new maplibregl.NavigationControl({ showCompass: false }), "top-right");
  map.addControl(new maplibregl.ScaleControl());
  map.once("load", () => {
    box.classList.add("is-live");
    for (const point of layers.points) {
      addPoint(map, point);
    }
  });
  map.on("error", () => {
    if (!box.classList.contains("is-live")) {
      map.remove();
      place.remove();
      box.setAttribute("role", "img");
    }
  });
  new MutationObserver(() => map.setStyle(makeStyle(layers))).observe(root, { attributeFilter: ["data-bs-theme"] });
}

for (const box of document.querySelectorAll("[data-map]")) {
  bring(box);
}
