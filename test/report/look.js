// Evaluated in the page of a report: what is wrong with it as it is drawn.
(() => {
  const wide = document.documentElement.clientWidth;
  const shown = (element) => element.getClientRects().length > 0;
  const name = (element) => `${element.tagName} ${(element.textContent ?? '').slice(0, 40)}`;
  const charts = [...document.querySelectorAll('svg[role=img]')].filter(shown);
  const texts = [...document.querySelectorAll('svg[role=img] text')].filter(shown);
  const boxes = texts.map((text) => ({ text, box: text.getBoundingClientRect() }));
  const touching = boxes.flatMap(({ text, box: a }, i) =>
    boxes
      .slice(i + 1)
      .filter(
        ({ box: b }) => a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 2 && b.top < a.bottom - 2,
      )
      .map((other) => `${name(text)} / ${name(other.text)}`),
  );
  return {
    overflow: document.documentElement.scrollWidth - wide,
    charts: charts.map((chart) => chart.getAttribute('aria-label')),
    empty: charts
      .filter((chart) => {
        const { width, height } = chart.getBoundingClientRect();
        const drawn = [...chart.querySelectorAll('rect,path,circle')].filter((mark) => {
          const box = mark.getBoundingClientRect();
          return box.width > 0 && box.height > 0;
        });
        return width < 250 || height < 100 || drawn.length < 2;
      })
      .map(name),
    outside: [...boxes.map(({ text, box }) => ({ element: text, box }))]
      .filter(({ box }) => box.left < -1 || box.right > wide + 1)
      .map(({ element }) => name(element)),
    cut: [...document.querySelectorAll('h1,h2,p,td,th,dt,dd,li,.value,.under,code')]
      .filter((element) => shown(element) && getComputedStyle(element).display !== 'inline')
      .filter((element) => element.scrollWidth > element.clientWidth + 1)
      .map(name),
    small: texts.filter((text) => Number.parseFloat(getComputedStyle(text).fontSize) < 11).map(name),
    touching,
    background: getComputedStyle(document.body).backgroundColor,
  };
})();
