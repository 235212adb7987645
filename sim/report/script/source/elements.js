// Elements of the page. All words go in as text, so nothing in them is read as markup.

export const byId = (id) => document.getElementById(id);

/** An element with attributes and listeners (`on...`), and what stands in it. */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null) element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

/** A picker with its label: `picker.element` is put into the page, `picker.select` is what is chosen in. */
export function makePicker(id, label, options, onChoice) {
  const select = make("select", { id, onchange: () => onChoice(select.value) });
  setOptions(select, options, options[0]?.[0] ?? "");
  return { select, element: make("label", { for: id }, label, make("br"), select) };
}

/** Put other options, `[value, words]`, into a picker. */
export function setOptions(select, options, chosen) {
  select.replaceChildren(...options.map(([value, words]) => make("option", { value }, words)));
  select.value = chosen;
}

/** A figure of the page: the picture of the server, or another in its place. */
export class Figure {
  #element;
  #given;

  constructor(id) {
    this.#element = byId(id);
    this.#given = this.#element ? [...this.#element.childNodes] : [];
  }

  get exists() {
    return this.#element !== null;
  }

  /** The room for a picture; a section that waits for one is shown, because what is hidden has no width. */
  get width() {
    this.#element.closest("section")?.removeAttribute("hidden");
    return Math.max(280, Math.min(this.#element.clientWidth, 720));
  }

  /** Whether the server drew it. */
  get isDrawn() {
    return this.#given.some((node) => node.nodeType === Node.ELEMENT_NODE);
  }

  /** Show the picture of the server again, with a note where it is of another selection, and controls above it. */
  restore(note = "", ...above) {
    this.#element?.replaceChildren(...above, ...this.#given, ...(note ? [make("p", { class: "note" }, note)] : []));
  }

  /** Show other elements with a caption; what had the focus in here keeps it. */
  show(elements, caption) {
    const focused = this.#element.contains(document.activeElement) ? document.activeElement.id : "";
    this.#element.replaceChildren(make("div", { class: "drawn" }, ...elements), make("figcaption", {}, caption));
    if (focused) byId(focused)?.focus();
  }
}
