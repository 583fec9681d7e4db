// Runs in every page before its own scripts. Remembers which elements listen to clicks, and writes what is visible as
// plain HTML, in which elements carry the names by which the harness acts on them.
(() => {
  if (window.__turnwise) return;
  const MOST_NODES = 60000, MOST_TEXT = 4000000, MOST_SHAPES = 300;
  const CLICKS = new Set(['click', 'mousedown', 'mouseup', 'pointerdown', 'pointerup', 'dblclick']);
  const listening = new WeakSet();
  const add = EventTarget.prototype.addEventListener;
  EventTarget.prototype.addEventListener = function (kind, ...rest) {
    if (CLICKS.has(kind) && this instanceof Node) listening.add(this);
    return add.call(this, kind, ...rest);
  };

  const names = new WeakMap(), nodes = new Map();
  let last = 0;
  const nameOf = el => {
    if (!names.has(el)) { names.set(el, String(++last)); nodes.set(String(last), new WeakRef(el)); }
    return names.get(el);
  };
  const find = name => {
    const el = nodes.get(name)?.deref();
    return el && el.isConnected ? el : null;
  };

  const escape = text => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/"/g, '&quot;');
  const SKIP = new Set(['SCRIPT', 'STYLE', 'NOSCRIPT', 'TEMPLATE', 'HEAD', 'META', 'LINK', 'BASE', 'OBJECT', 'EMBED']);
  const KEEP = new Set(['A', 'BUTTON', 'FORM', 'FIELDSET', 'LEGEND', 'LABEL', 'UL', 'OL', 'LI', 'DL', 'DT', 'DD', 'TABLE',
    'CAPTION', 'THEAD', 'TBODY', 'TFOOT', 'TR', 'TD', 'TH', 'H1', 'H2', 'H3', 'H4', 'H5', 'H6', 'P', 'PRE', 'BLOCKQUOTE',
    'HR', 'BR', 'IMG', 'B', 'STRONG', 'I', 'EM', 'CODE', 'NAV', 'MAIN', 'HEADER', 'FOOTER', 'SECTION', 'ARTICLE', 'ASIDE']);
  const VOID = new Set(['HR', 'BR', 'IMG', 'INPUT']);
  const ATTRIBUTES = ['id', 'for', 'name', 'placeholder', 'alt', 'title', 'aria-label', 'colspan', 'rowspan', 'action', 'method'];
  const ROLES = new Set(['button', 'link', 'tab', 'menuitem', 'option', 'checkbox', 'radio', 'switch', 'treeitem']);
  const isNative = el => /^(BUTTON|INPUT|SELECT|TEXTAREA|OPTION)$/.test(el.tagName) || (el.tagName === 'A' && el.hasAttribute('href'));

  // How an element comes to be clickable: 2 as a whole, 1 perhaps only because it hears its children's clicks, 0 not.
  const clickable = (el, style, parentStyle) => {
    if (el === document.body || el === document.documentElement || el.tagName === 'FORM') return 0;
    if (ROLES.has(el.getAttribute('role')) || el.hasAttribute('onclick') || el.tagName === 'SUMMARY') return 2;
    if (el.tabIndex >= 0 && el.hasAttribute('tabindex') && el.getAttribute('role') !== 'dialog' && !el.querySelector('[tabindex],a,button,input')) return 2;
    if (style && style.cursor === 'pointer' && (!parentStyle || parentStyle.cursor !== 'pointer')) return 2;
    return el.onclick || el.onmousedown || el.onmouseup || listening.has(el) ? 1 : 0;
  };

  const COLOURS = { black: [0, 0, 0], white: [255, 255, 255], gray: [128, 128, 128], silver: [192, 192, 192], red: [255, 0, 0],
    maroon: [128, 0, 0], yellow: [255, 255, 0], olive: [128, 128, 0], lime: [0, 255, 0], green: [0, 128, 0], cyan: [0, 255, 255],
    teal: [0, 128, 128], blue: [0, 0, 255], navy: [0, 0, 128], magenta: [255, 0, 255], purple: [128, 0, 128],
    orange: [255, 165, 0], pink: [255, 192, 203], brown: [165, 42, 42] };
  const colourOf = text => {
    if (/^[a-z]+$/.test(text || '')) return text;
    const rgb = (text || '').match(/[\d.]+/g);
    if (!rgb || rgb.length < 3 || rgb[3] === '0') return '';
    const far = name => COLOURS[name].reduce((sum, part, at) => sum + (part - rgb[at]) ** 2, 0);
    return Object.keys(COLOURS).reduce((best, name) => far(name) < far(best) ? name : best);
  };

  const SHAPES = new Set(['circle', 'rect', 'ellipse', 'polygon', 'polyline', 'line', 'path', 'image']);
  // An SVG as lines: its texts, and its shapes with kind, colour, size and place.
  const drawing = (svg, out) => {
    const frame = svg.getBoundingClientRect();
    const hears = el => {
      for (let at = el; at; at = at === svg ? null : at.parentElement) if (at.onclick || listening.has(at)) return true;
      return false;
    };
    let shapes = 0;
    out.push('<div>');
    for (const el of svg.querySelectorAll('*')) {
      const tag = el.tagName.toLowerCase(), isText = tag === 'text';
      if (!SHAPES.has(tag) && !isText) continue;
      if (el.closest('defs,clipPath,marker,pattern')) continue;
      const style = getComputedStyle(el), box = el.getBoundingClientRect();
      if (style.display === 'none' || style.visibility !== 'visible' || (!box.width && !box.height) || ++shapes > MOST_SHAPES) continue;
      const x = Math.round(box.x - frame.x), y = Math.round(box.y - frame.y);
      const place = `${Math.round(box.width)}x${Math.round(box.height)} at ${x},${y}`;
      const words = isText ? el.textContent.trim()
        : ['(shape)', tag, colourOf(el.getAttribute('fill')) || colourOf(style.fill) || colourOf(style.stroke), place].filter(Boolean).join(' ');
      if (isText && !words) continue;
      const marks = hears(el) || style.cursor === 'pointer' ? ` data-turnwise-node="${nameOf(el)}" data-turnwise-click` : '';
      out.push(`<div${marks}>${escape(words)}</div>`);
    }
    out.push('</div>');
  };

  let count = 0, size = 0, cut = false;
  const push = (out, text) => {
    size += text.length;
    if (size > MOST_TEXT) { cut = true; return; }
    out.push(text);
  };

  const children = el => {
    if (el.shadowRoot) return el.shadowRoot.childNodes;
    if (el.tagName === 'SLOT') { const given = el.assignedNodes(); return given.length ? given : el.childNodes; }
    return el.childNodes;
  };

  const field = (el, out, marks) => {
    const type = (el.getAttribute('type') || 'text').toLowerCase();
    if (type === 'hidden') return;
    const more = [`type="${escape(type)}"`];
    if (type === 'checkbox' || type === 'radio') {
      if (el.checked) more.push('checked');
      if (el.hasAttribute('value')) more.push(`value="${escape(el.value)}"`);
    } else if (type !== 'file') more.push(`value="${escape(el.value)}"`);
    push(out, `<input ${more.join(' ')}${marks}>`);
  };

  const list = (el, out, marks) => {
    push(out, `<select${el.multiple ? ' multiple' : ''}${marks}>`);
    for (const option of el.options) {
      push(out, `<option value="${escape(option.value)}"${option.selected ? ' selected' : ''}${option.disabled ? ' disabled' : ''}>${escape(option.text)}</option>`);
    }
    push(out, '</select>');
  };

  // Writes an element; says whether something in it can be clicked.
  const element = (el, out, parentStyle, heard) => {
    if (SKIP.has(el.tagName) || ++count > MOST_NODES) { cut ||= count > MOST_NODES; return false; }
    const view = el.ownerDocument.defaultView || window;
    const style = view.getComputedStyle(el);
    if (style.display === 'none') return false;
    if (el.tagName.toLowerCase() === 'svg') { drawing(el, out); return true; }
    const hides = style.overflowX === 'hidden' && style.overflowY === 'hidden' && (el.clientHeight === 0 || el.clientWidth === 0) && style.display !== 'inline' && style.display !== 'contents';
    if (hides && !isNative(el)) return false;
    const shown = style.visibility === 'visible';
    let marks = '';
    for (const name of ATTRIBUTES) {
      const value = el.getAttribute(name);
      if (value !== null) marks += ` ${name}="${escape(value)}"`;
    }
    if (el.tagName === 'A' && el.hasAttribute('href')) marks += ` href="${escape(String(el.href))}"`;
    if (el.disabled) marks += ' disabled';
    const named = ` data-turnwise-node="${nameOf(el)}"`;
    if (isNative(el) || el.isContentEditable) {
      if (!shown) return false;
      if (el.tagName === 'INPUT') { field(el, out, marks + named); return true; }
      if (el.tagName === 'SELECT') { list(el, out, marks + named); return true; }
      if (el.tagName === 'TEXTAREA' || el.isContentEditable) {
        const text = el.tagName === 'TEXTAREA' ? el.value : el.innerText;
        push(out, `<textarea${marks + named}>\n${escape(text)}</textarea>`);
        return true;
      }
    }
    if (el.tagName === 'IFRAME' || el.tagName === 'FRAME') {
      let inner = null;
      try { inner = el.contentDocument?.body; } catch { /* of another site */ }
      push(out, '<div>');
      const has = inner ? element(inner, out, null, 0) : (push(out, '(a frame of another site)'), false);
      push(out, '</div>');
      return has;
    }
    if (el.tagName === 'CANVAS') {
      if (style.pointerEvents !== 'none' && clickable(el, style, parentStyle)) push(out, `<span${named} data-turnwise-click>(canvas ${el.width}x${el.height})</span>`);
      return true;
    }
    const native = isNative(el) && shown;
    const how = native ? 0 : clickable(el, style, parentStyle);
    // Whoever hears clicks of several children is clicked at each of them.
    const parts = how === 1 || heard ? el.children.length : 0;
    const splits = how === 1 && parts > 1;
    const inside = [];
    let has = false;
    for (const child of children(el)) {
      if (cut) break;
      if (child.nodeType === Node.TEXT_NODE) {
        if (shown && child.data) push(inside, escape(child.data));
      } else if (child.nodeType === Node.ELEMENT_NODE) {
        has = element(child, inside, style, how !== 2 && (splits || heard)) || has;
      }
    }
    const leaf = heard && !has && shown && parts === 0 && inside.some(text => text.trim());
    const own = !native && !has && shown && (how > 0 || leaf);
    const flow = style.display.startsWith('inline') || style.display === 'contents' ? 'span' : 'div';
    const tag = KEEP.has(el.tagName) && !(own && el.tagName === 'LABEL') ? el.tagName.toLowerCase() : flow;
    if (own && !inside.some(text => text.replace(/<[^>]*>/g, '').trim())) inside.push(escape(wordsFor(el, style)));
    push(out, `<${tag}${marks}${native || own ? named : ''}${own ? ' data-turnwise-click' : ''}>`);
    if (VOID.has(el.tagName)) return native || own;
    for (const text of inside) out.push(text);
    push(out, `</${tag}>`);
    return has || native || own;
  };

  // Words for a thing without text.
  const wordsFor = (el, style) => {
    const label = el.getAttribute('aria-label') || el.title || el.getAttribute('alt') || '';
    if (label) return '';
    const box = el.getBoundingClientRect();
    const colour = style ? colourOf(style.backgroundColor) : '';
    const called = [...el.classList].filter(name => !/^(ui|col|row)-/.test(name)).slice(0, 3).join(' ') || el.id || el.tagName.toLowerCase();
    return `(${[colour, called, `${Math.round(box.width)}x${Math.round(box.height)}`].filter(Boolean).join(' ')})`;
  };

  const page = () => {
    count = 0; size = 0; cut = false;
    const out = [];
    if (document.body) element(document.body, out, null, false);
    const html = `<!doctype html><title>${escape(document.title || '')}</title><body>${out.join('')}`;
    return { url: location.href, html, cut };
  };

  // The element's place in the window, after it was scrolled into sight.
  const place = name => {
    const el = find(name);
    if (!el) return { gone: true };
    el.scrollIntoView({ block: 'center', inline: 'center', behavior: 'instant' });
    const boxes = [...el.getClientRects()].filter(box => box.width > 0 && box.height > 0);
    if (!boxes.length && el.labels) for (const label of el.labels) boxes.push(label.getBoundingClientRect());
    if (!boxes.length) { const box = el.getBoundingClientRect(); if (box.width || box.height) boxes.push(box); }
    if (!boxes.length) return { hidden: true };
    const root = el.getRootNode();
    let cover = null;
    for (const box of boxes) {
      for (const [fx, fy] of [[0.5, 0.5], [0.25, 0.5], [0.75, 0.5], [0.5, 0.2], [0.5, 0.8], [0.1, 0.1], [0.9, 0.9]]) {
        const x = box.x + box.width * fx, y = box.y + box.height * fy;
        const hit = root.elementFromPoint(x, y);
        const same = hit && (el === hit || el.contains(hit) || hit.contains(el) || (el.labels && [...el.labels].some(label => label.contains(hit))));
        // The label of a shape lies on it and hears the same clicks.
        const label = hit && el.ownerSVGElement && hit.ownerSVGElement === el.ownerSVGElement && /^(text|tspan)$/.test(hit.tagName);
        if (same || label) return shift(el, x, y);
        cover = hit || cover;
      }
    }
    if (!cover) return { hidden: true };
    return { covered: `${cover.tagName.toLowerCase()} ${(cover.innerText || cover.id || '').trim().slice(0, 40)}`.trim() };
  };

  // From a frame's coordinates to the window's.
  const shift = (el, x, y) => {
    let view = el.ownerDocument.defaultView;
    while (view && view !== window.top) {
      const frame = view.frameElement;
      if (!frame) break;
      const box = frame.getBoundingClientRect();
      x += box.x + frame.clientLeft; y += box.y + frame.clientTop;
      view = frame.ownerDocument.defaultView;
    }
    return { x, y };
  };

  const tell = (el, ...kinds) => kinds.forEach(kind => el.dispatchEvent(new Event(kind, { bubbles: true })));
  const PICKED = new Set(['date', 'time', 'month', 'week', 'datetime-local', 'color', 'range']);

  // Makes a field ready for typing: focused, with all of its text selected. Some kinds take their value at once.
  const ready = (name, text) => {
    const el = find(name);
    if (!el) return { gone: true };
    if (el.disabled || el.readOnly) return { locked: true };
    el.scrollIntoView({ block: 'center', behavior: 'instant' });
    el.focus();
    if (el.tagName === 'INPUT' && PICKED.has(el.type)) {
      Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set.call(el, text);
      tell(el, 'input', 'change');
      return el.value === text ? { done: true } : { wrong: `a field of type ${el.type} does not take this text` };
    }
    if (el.select) el.select();
    else if (el.isContentEditable) {
      const range = el.ownerDocument.createRange();
      range.selectNodeContents(el);
      const selection = el.ownerDocument.defaultView.getSelection();
      selection.removeAllRanges();
      selection.addRange(range);
    } else return { wrong: 'it is no field' };
    return { ready: true };
  };

  const choose = (name, text) => {
    const el = find(name);
    if (!el) return { gone: true };
    if (el.tagName !== 'SELECT') return { wrong: 'it is no list' };
    if (el.disabled) return { locked: true };
    const tidy = words => words.replace(/\s+/g, ' ').trim();
    const wanted = tidy(text), options = [...el.options].filter(option => !option.disabled);
    const option = options.find(it => tidy(it.text) === wanted) || options.find(it => tidy(it.text).toLowerCase() === wanted.toLowerCase());
    if (!option) return { wrong: `it has no option "${text}"` };
    el.focus();
    if (el.multiple) option.selected = true; else el.value = option.value, el.selectedIndex = option.index;
    tell(el, 'input', 'change');
    return { done: true };
  };

  // Hands in the form of an element; without a form the harness presses Enter in it.
  const submit = name => {
    const el = find(name);
    if (!el) return { gone: true };
    const form = el.form || el.closest('form');
    if (!form) { el.focus(); return { enter: true }; }
    const button = el.matches('button,input[type=submit],input[type=image]') && el.form === form ? el : null;
    const first = button || [...form.elements].find(it => it.matches('button:not([type]),button[type=submit],input[type=submit],input[type=image]'));
    if (!form.noValidate && !form.checkValidity()) {
      const bad = [...form.elements].find(it => it.willValidate && !it.validity.valid);
      return { wrong: `${bad?.labels?.[0]?.innerText || bad?.name || 'a field'}: ${bad?.validationMessage || 'not valid'}` };
    }
    // As Enter does it; the answer must go out before the page goes.
    setTimeout(() => first ? first.click() : form.requestSubmit());
    return { done: true };
  };

  // Ends when nothing on the page has changed for a moment.
  const quiet = (still, most) => new Promise(resolve => {
    const begin = performance.now();
    let changed = begin;
    const watcher = new MutationObserver(() => { changed = performance.now(); });
    watcher.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
    const look = () => {
      const now = performance.now();
      if (now - changed >= still || now - begin >= most) { watcher.disconnect(); resolve(now - begin); }
      else setTimeout(look, 10);
    };
    setTimeout(look, still);
  });

  const api = Object.freeze({ page, place, ready, choose, submit, quiet });
  Object.defineProperty(window, '__turnwise', { value: api, enumerable: false });
})();
