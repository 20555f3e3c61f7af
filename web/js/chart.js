// The months as a chart: how many cases were accepted and closed, and how long the closed ones took. The table below says the same.
import { BarChart, LineChart } from "echarts/charts";
import { AriaComponent, GridComponent, LegendComponent, TooltipComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";

use([AriaComponent, BarChart, GridComponent, LegendComponent, LineChart, SVGRenderer, TooltipComponent]);

const root = document.documentElement;
const token = (name) => getComputedStyle(root).getPropertyValue(`--td-${name}`).trim();

/** Return the chart in the colours of the page's theme. */
function describe(months) {
  const text = { color: token("ink2"), fontSize: 12, fontFamily: getComputedStyle(document.body).fontFamily };
  const axis = { axisLabel: text, nameTextStyle: text, axisLine: { lineStyle: { color: token("edge") } } };
  const bar = (name, values, color) => ({ name, type: "bar", data: values, itemStyle: { color }, barMaxWidth: 28 });
  const line = (name, values, color, type) => ({
    name,
    type: "line",
    yAxisIndex: 1,
    data: values,
    symbolSize: 9,
    itemStyle: { color },
    lineStyle: { color, width: 2.5, type },
  });
  const { names } = months;
  return {
    animation: false,
    grid: { left: 8, right: 8, top: 64, bottom: 4, outerBoundsMode: "same" },
    legend: { top: 0, left: 0, textStyle: text, itemGap: 14 },
    tooltip: {
      trigger: "axis",
      renderMode: "richText", // no markup with styles of its own: the page's policy forbids it
      backgroundColor: token("surface"),
      borderColor: token("edge"),
      textStyle: { ...text, color: token("ink") },
    },
    xAxis: { type: "category", data: months.labels, ...axis },
    yAxis: [
      { type: "value", name: names.cases, minInterval: 1, splitLine: { lineStyle: { color: token("line") } }, ...axis },
      { type: "value", name: names.days, splitLine: { show: false }, ...axis },
    ],
    series: [
      bar(names.accepted, months.accepted, token("edge")),
      bar(names.closed, months.closed, token("accent-line")),
      line(names.whole, months.whole, token("ink"), "solid"),
      line(names.utility, months.utility, token("fill"), "dashed"),
    ],
  };
}

for (const box of document.querySelectorAll("[data-chart]")) {
  const months = JSON.parse(document.getElementById(box.dataset.chart).textContent);
  const chart = init(box, null, { renderer: "svg" });
  chart.setOption(describe(months));
  chart.on("click", ({ dataIndex, seriesIndex }) => location.assign(seriesIndex === 0 ? months.opened[dataIndex] : months.ended[dataIndex]));
  new ResizeObserver(() => chart.resize()).observe(box);
  new MutationObserver(() => chart.setOption(describe(months))).observe(root, { attributeFilter: ["data-bs-theme"] });
}
