/*
 * xterm.js writes style elements and style attributes, which a Content-Security-Policy without
 * 'unsafe-inline' refuses. The same by CSSOM, which every policy allows.
 */

/* Makes an inert element stand for a style element: its text is a sheet of the document. */
function makeSheet(element) {
  const sheet = new CSSStyleSheet();
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  Object.defineProperty(element, 'textContent', { set: (text) => sheet.replaceSync(text) });
  element.remove = () => {
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((other) => other !== sheet);
    Element.prototype.remove.call(element);
  };
  return element;
}

/* Calls fn(), for which document.createElement('style') gives such elements. */
export function withSheets(fn) {
  const create = Document.prototype.createElement;
  document.createElement = (name, options) =>
    (name === 'style' ? makeSheet(create.call(document, 'template')) : create.call(document, name, options));
  try {
    return fn();
  } finally {
    delete document.createElement;
  }
}

/* Colours beyond the palette come as style attributes of spans. */
HTMLSpanElement.prototype.setAttribute = function setAttribute(name, value) {
  if (name === 'style') {
    this.style.cssText = value;
  } else {
    Element.prototype.setAttribute.call(this, name, value);
  }
};
