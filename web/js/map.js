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

/** Put a point of the page onto the map with its words on a ground, and return it. */
function addPoint(map, point) {
  const mark = document.createElement("div");
  mark.className = `map-mark ${point.style}`;
  const label = document.createElement("span");
  label.textContent = point.label;
  mark.append(label);
  return new maplibregl.Marker({ element: mark, anchor: "center" }).setLngLat(point.place).addTo(map);
}

/** Bring a map into its box; what a page adds to it comes from ``styleOf`` and ``begin``. */
function bring(box, layers, styleOf, begin) {
  if (!document.createElement("canvas").getContext("webgl2")) {
    return; // the drawing stays
  }
  const place = document.createElement("div");
  place.className = "live";
  box.append(place);
  box.removeAttribute("role"); // no picture any more: it holds buttons
  const [west, south, east, north] = layers.bounds;
  const map = new maplibregl.Map({
    container: place,
    style: styleOf(layers),
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
    begin(map, layers);
  });
  map.on("error", () => {
    if (!box.classList.contains("is-live")) {
      map.remove();
      place.remove();
      box.setAttribute("role", "img");
    }
  });
  new MutationObserver(() => map.setStyle(styleOf(layers))).observe(root, { attributeFilter: ["data-bs-theme"] });
}

const CAPS = ["cap-0", "cap-1", "cap-2", "cap-3", "cap-4"];
const byClass = (values) => ["match", ["get", "c"], ...values.slice(1).flatMap((value, at) => [at + 1, value]), values[0]];
const byZoom = (values) => ["interpolate", ["linear"], ["zoom"], 13, byClass(values), 15, byClass(values.map((at) => at * 1.7)), 17.5, byClass(values.map((at) => at * 3.2))];
const collect = (features) => ({ type: "FeatureCollection", features });

/** Return the style of the capacity map: the network thin, every bus in the colour of its class, the small capacities on top. */
function makeCapacityStyle(layers) {
  const lines = layers.lines.map((coordinates) => ({ type: "Feature", properties: {}, geometry: { type: "LineString", coordinates } }));
  const buses = layers.buses.map(([lon, lat, c, bus]) => ({ type: "Feature", properties: { c, bus }, geometry: { type: "Point", coordinates: [lon, lat] } }));
  return {
    version: 8,
    sources: { lines: { type: "geojson", data: collect(lines) }, buses: { type: "geojson", data: collect(buses) } },
    layers: [
      { id: "land", type: "background", paint: { "background-color": token("land") } },
      {
        id: "line",
        type: "line",
        source: "lines",
        layout: round,
        paint: { "line-color": token("load-0"), "line-width": ["interpolate", ["linear"], ["zoom"], 13, 0.6, 17, 1.8], "line-opacity": 0.75 },
      },
      {
        id: "bus",
        type: "circle",
        source: "buses",
        layout: { "circle-sort-key": ["-", 0, ["get", "c"]] },
        paint: {
          "circle-color": byClass(CAPS.map(token)),
          "circle-radius": byZoom([2.8, 2.5, 2.2, 2, 2]),
          "circle-stroke-color": token("land"),
          "circle-stroke-width": 0.8,
        },
      },
      {
        id: "cross",
        type: "circle",
        source: "buses",
        minzoom: 14,
        filter: ["==", ["get", "c"], 0],
        paint: { "circle-color": token("surface"), "circle-radius": ["interpolate", ["linear"], ["zoom"], 14, 1, 17.5, 3.2] },
      },
    ],
  };
}

/** Put stations and the chosen bus onto the capacity map; a click on a bus asks for its explanation. */
function beginCapacity(map, layers) {
  for (const station of layers.stations) {
    addPoint(map, { ...station, style: "station quiet" });
  }
  let ring = null;
  const choose = (place) => {
    ring?.remove();
    const mark = document.createElement("div");
    mark.className = "map-ring";
    ring = new maplibregl.Marker({ element: mark, anchor: "center" }).setLngLat(place).addTo(map);
  };
  if (layers.chosen) {
    choose(layers.chosen);
  }
  const near = (point) => map.queryRenderedFeatures([[point.x - 6, point.y - 6], [point.x + 6, point.y + 6]], { layers: ["bus"] });
  map.on("mousemove", (event) => {
    map.getCanvas().style.cursor = near(event.point).length ? "pointer" : "";
  });
  map.on("click", (event) => {
    const away = (bus) => {
      const at = map.project(bus.geometry.coordinates);
      return Math.hypot(at.x - event.point.x, at.y - event.point.y);
    };
    const [bus] = near(event.point).sort((one, other) => away(one) - away(other));
    const form = document.getElementById("pick");
    if (bus && form) {
      choose(bus.geometry.coordinates);
      form.elements.bus.value = bus.properties.bus;
      form.requestSubmit();
    }
  });
}

function beginPlan(map, layers) {
  for (const point of layers.points) {
    addPoint(map, point);
  }
}

const FINGER_PX = 12;
const over = (layers) => ["in", ["get", "line"], ["literal", layers.via]];
const busSource = (layers) => ({
  type: "geojson",
  data: collect(layers.buses.map(([lon, lat, bus]) => ({ type: "Feature", properties: { bus }, geometry: { type: "Point", coordinates: [lon, lat] } }))),
});

/** Return the style of a plan's map with what can be chosen: connection points, and the lines that the way is led over. */
function makeHandStyle(layers) {
  const style = makeStyle(layers);
  style.sources.buses = busSource(layers);
  const paint = { "line-color": token("fill"), "line-opacity": 0.35, "line-width": 14 };
  style.layers.splice(2, 0, { id: "over", type: "line", source: "lines", layout: round, filter: over(layers), paint });
  style.layers.push({
    id: "bus",
    type: "circle",
    source: "buses",
    paint: {
      "circle-color": token("surface"),
      "circle-stroke-color": token("ink"),
      "circle-stroke-width": 1.5,
      "circle-radius": ["interpolate", ["linear"], ["zoom"], 15, 3, 18, 6],
    },
  });
  return style;
}

/** Choose in the form what is clicked on the map: a connection point, else a line; the form asks for the answer. */
function choose(map, point) {
  const around = [[point.x - FINGER_PX, point.y - FINGER_PX], [point.x + FINGER_PX, point.y + FINGER_PX]];
  const form = document.getElementById("hand");
  const away = (one) => {
    const at = map.project(one.geometry.coordinates);
    return Math.hypot(at.x - point.x, at.y - point.y);
  };
  const [bus] = map.queryRenderedFeatures(around, { layers: ["bus"] }).sort((one, other) => away(one) - away(other));
  const [line] = map.queryRenderedFeatures(around, { layers: ["line"] });
  if (bus) {
    document.getElementById("hand-bus").value = bus.properties.bus;
  } else if (line?.properties.line !== undefined) {
    const known = document.getElementById(`via-${line.properties.line}`);
    if (known) {
      known.checked = !known.checked;
    } else {
      document.getElementById("hand-via")?.add(new Option("", line.properties.line, true, true));
    }
  } else {
    return;
  }
  form.dispatchEvent(new Event("change", { bubbles: true }));
}

function beginHand(map, layers) {
  let marks = layers.points.map((point) => addPoint(map, point));
  map.on("click", (event) => choose(map, event.point));
  document.addEventListener("change", () => {
    layers.via = [...document.querySelectorAll("#hand input[name=via]:checked")].map((box) => Number(box.value));
    map.setFilter("over", over(layers));
  });
  document.addEventListener("htmx:afterSettle", () => {
    const found = document.getElementById("hand-layers");
    if (!found) {
      return;
    }
    const next = JSON.parse(found.textContent);
    found.remove();
    Object.assign(layers, next);
    map.setStyle(makeHandStyle(layers));
    marks.forEach((mark) => mark.remove());
    marks = layers.points.map((point) => addPoint(map, point));
    const [west, south, east, north] = layers.bounds;
    if (!layers.routes.features.flatMap((one) => one.geometry.coordinates).every((place) => map.getBounds().contains(place))) {
      map.fitBounds([[west, south], [east, north]], { duration: 0 });
    }
  });
}

const read = (name) => JSON.parse(document.getElementById(name).textContent);
for (const box of document.querySelectorAll("[data-map]")) {
  const isHand = box.dataset.hand !== undefined;
  bring(box, read(box.dataset.map), isHand ? makeHandStyle : makeStyle, isHand ? beginHand : beginPlan);
}
for (const box of document.querySelectorAll("[data-capacity]")) {
  bring(box, read(box.dataset.capacity), makeCapacityStyle, beginCapacity);
}
