/* What the gates look at in a page; each function returns what is wrong, in words. */
window.look = {
  name(element) {
    const classes = typeof element.className === "string" ? element.className.trim() : "";
    const words = (element.textContent || "").trim().replace(/\s+/g, " ").slice(0, 30);
    return `${element.localName}${classes && "." + classes.split(/\s+/)[0]} “${words}”`;
  },
  isHidden(element) {
    return !element.checkVisibility({ visibilityProperty: true }) || Boolean(element.closest(".visually-hidden, .skip"));
  },
  canScroll(element) {
    for (let box = element; box && box !== document.body; box = box.parentElement) {
      if (["auto", "scroll"].includes(getComputedStyle(box).overflowX)) return true;
    }
    return false;
  },
  /* No sideways scroll of the page, nothing outside it that cannot be scrolled to, no cut text. */
  beyond() {
    const wide = document.documentElement.clientWidth;
    const wrong = [];
    const page = document.documentElement.scrollWidth;
    if (page > wide) wrong.push(`the page is ${page} wide`);
    for (const element of document.body.querySelectorAll("*:not(svg *)")) {
      const box = element.getBoundingClientRect();
      if (!box.width || !box.height || look.isHidden(element) || look.canScroll(element)) continue;
      if (box.left < -1 || box.right > wide + 1) wrong.push(`outside: ${look.name(element)}`);
    }
    for (const element of document.querySelectorAll("main *, header *, footer *, aside *")) {
      const style = getComputedStyle(element);
      if (element.localName === "svg" || element.closest("svg") || look.isHidden(element)) continue;
      if (!["hidden", "clip"].includes(style.overflowY)) continue;
      const isCut = !element.matches("input") && (element.scrollHeight > element.clientHeight + 1 || element.scrollWidth > element.clientWidth + 1);
      if (isCut && element.clientHeight) wrong.push(`cut: ${look.name(element)}`);
    }
    return wrong.slice(0, 6);
  },
  /* WCAG 1.4.12: what a reader may set without losing anything. */
  space(isOn) {
    for (const element of document.querySelectorAll("body, body *:not(svg *)")) {
      element.style.letterSpacing = isOn ? "0.12em" : "";
      element.style.wordSpacing = isOn ? "0.16em" : "";
      element.style.lineHeight = isOn ? "1.5" : "";
      if (element.localName === "p") element.style.marginBlockEnd = isOn ? "2em" : "";
    }
  },
  enlarge(size) {
    document.documentElement.style.fontSize = size;
  },
  /* The parts that can be seen, each with the width of its edge. */
  edges(parts) {
    return [...document.querySelectorAll(parts)]
      .filter((part) => part.checkVisibility() && part.getBoundingClientRect().width > 1)
      .map((part) => [part.className.baseVal ?? part.className, parseFloat(getComputedStyle(part).borderTopWidth)]);
  },
  /* The dock may come and go with the page, but not glide. */
  moving() {
    const glides = (frame) => frame.transform || frame.translate || frame.opacity;
    const moves = (style) => style.scrollBehavior === "smooth" || parseFloat(style.transitionDuration) > 0;
    return [
      ...document.getAnimations().filter((one) => one.effect.getKeyframes().some(glides)).map((one) => one.animationName),
      ...[...document.querySelectorAll("*")].filter((part) => moves(getComputedStyle(part))).map((part) => part.localName),
    ];
  },
  /* One H1, the landmarks, a skip link first, pictures with their sizes. */
  frame(isBare) {
    const wrong = [];
    const headings = document.querySelectorAll("h1");
    if (headings.length !== 1 || !headings[0].textContent.trim()) wrong.push(`${headings.length} h1`);
    const needed = isBare ? ["header", "main"] : ["header", "header nav, [popover] nav", "main", "footer"];
    for (const part of needed) if (!document.querySelector(part)) wrong.push(`no ${part}`);
    if (document.querySelectorAll("main").length !== 1) wrong.push("not one main");
    const first = document.querySelector("a[href], button, input, select, textarea, [tabindex]");
    if (!isBare && !first?.matches("a.skip[href='#main']")) wrong.push("the skip link is not first");
    if (document.querySelector("[style]")) wrong.push("a style attribute");
    if (document.querySelector("script:not([src]):not([type='application/ld+json']):not([type=importmap], [type='application/json'])")) wrong.push("an inline script");
    if (document.querySelector("meta[http-equiv=refresh]")) wrong.push("a time limit");
    for (const image of document.images) {
      if (!image.hasAttribute("width") || !image.hasAttribute("height")) wrong.push(`no size: ${image.src}`);
    }
    return wrong;
  },
  visibleImages() {
    return [...document.images].filter((image) => {
      const box = image.getBoundingClientRect();
      return box.top < innerHeight && box.bottom > 0;
    });
  },
  /* What can be done first is 44 px high at least; axe looks after the 24 px of the rest. */
  smallTargets() {
    const primary = ".button, .amounts__choice, summary, select, .input, input:not([type=hidden], [type=checkbox], [type=radio]), textarea, header button";
    return [...document.querySelectorAll(primary)]
      .filter((element) => !look.isHidden(element))
      .filter((element) => element.getBoundingClientRect().height < 44)
      .map((element) => `${element.getBoundingClientRect().height} px: ${look.name(element)}`);
  },
  shifts() {
    return new Promise((done) => {
      let sum = 0;
      new PerformanceObserver((list) => {
        for (const shift of list.getEntries()) if (!shift.hadRecentInput) sum += shift.value;
      }).observe({ type: "layout-shift", buffered: true });
      setTimeout(() => done(sum), 60);
    });
  },
  settled() {
    return document.fonts.ready.then(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  },
  /* How many stops Tab makes, counting a group of radio buttons once. */
  stops() {
    const all = [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']")];
    const groups = new Set(all.filter((one) => one.type === "radio").map((one) => one.name));
    const others = all.filter((one) => one.type !== "radio" && one.checkVisibility({ visibilityProperty: true, contentVisibilityAuto: true }));
    return groups.size + others.length;
  },
  /* Where the focus is: can its ring be seen, and does a bar cover it? "" when all is well. */
  focus() {
    const element = document.activeElement;
    if (!element || element === document.body) return "";
    const ringed = [element, element.closest(".card, .amounts__choice")].filter(Boolean);
    const hasRing = ringed.some((one) => {
      const style = getComputedStyle(one);
      return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
    });
    if (!hasRing) return `no ring: ${look.name(element)}`;
    const box = element.getBoundingClientRect();
    if (box.bottom < 0 || box.top > innerHeight) return `out of view: ${look.name(element)}`;
    const dock = document.querySelector(".dock");
    if (!dock || dock.contains(element) || !dock.checkVisibility({ visibilityProperty: true })) return "";
    return box.bottom > dock.getBoundingClientRect().top + 1 ? `under the dock: ${look.name(element)}` : "";
  },
  axe() {
    const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
    return axe
      .run(document, { runOnly: { type: "tag", values: tags }, rules: { "target-size": { enabled: true } }, resultTypes: ["violations"] })
      .then(({ violations }) => violations.map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map(({ target, any, all }) => target.join(" ") + " " + ([...any, ...all][0]?.message ?? "")).join(" | ")}`));
  },
};
