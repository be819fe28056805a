"""A button that copies a link; where the browser forbids it, the link stands there to be copied."""

from __future__ import annotations

import streamlit as st

_MARKUP = """
<span class="copying"><button type="button"></button>
<input readonly hidden aria-label="The link, to copy by hand"></span>
<span class="said" role="status"></span>
"""
_STYLE = """
button { font: inherit; font-size: .95rem; color: inherit; cursor: pointer; white-space: nowrap;
  min-height: 2.1rem; padding: .15rem .7rem; border-radius: .5rem;
  border: 1px solid var(--st-border-color, currentColor);
  background: var(--st-background-color, Canvas); }
button:hover { border-color: var(--st-primary-color, currentColor); }
:focus-visible { outline: 3px solid var(--st-link-color, currentColor); outline-offset: 2px; }
input { font: inherit; font-size: .9rem; width: min(22rem, 60vw); padding: .3rem .5rem;
  color: inherit; border: 1px solid currentColor;
  background: var(--st-secondary-background-color, Canvas); }
[hidden] { display: none; }
.copying { display: flex; gap: .4rem; color: var(--st-text-color, CanvasText); }
.said { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
"""

# The address bar is newer than what Python knows, so it is read when the button is pressed. A link
# on "localhost" would lead students to their own devices: `base` is put in its place.
_SHOW = """
async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {} // forbidden, or missing, as on http:// with a number
  const box = Object.assign(document.createElement("textarea"), { value: text });
  document.body.append(box);
  box.select();
  const done = document.execCommand("copy");
  box.remove();
  return done;
}

export default function ({ parentElement, data }) {
  const one = (selector) => parentElement.querySelector(selector);
  const [button, input, said] = ["button", "input", ".said"].map(one);
  const label = "Copy link";
  if (!button.textContent) button.textContent = label;
  button.onclick = async () => {
    const here = new URL(location.href);
    const link = data.link || (data.base || here.origin) + here.pathname + here.search;
    const done = await copied(link);
    Object.assign(input, { value: link, hidden: done });
    if (!done) input.focus();
    if (!done) input.select();
    button.textContent = said.textContent = done ? "Copied" : "Copy it from here";
    setTimeout(() => (button.textContent = label), 2500);
  };
}
"""
_component = st.components.v2.component("mmcl_copy", html=_MARKUP, css=_STYLE, js=_SHOW)


def copy_button(key: str, link: str = "", base: str = "") -> None:
    """Show the button.

    Parameters
    ----------
    key : str
    link : str, optional
        What is copied; by default the address of the page.
    base : str, optional
        Scheme and host that take the place of those of the page.
    """
    _component(key=key, data={"link": link, "base": base})
