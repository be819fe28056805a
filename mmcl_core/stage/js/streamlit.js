// Streamlit runs this again for new data or another theme, with the same element.
import { Stage } from "./stage.js";

export default function ({ parentElement: host, data, setStateValue, setTriggerValue }) {
  host.stage ??= new Stage(host, (name, value) => host.tell(name, value));
  host.tell = (name, value) => (name === "view" ? setStateValue : setTriggerValue)(name, value);
  host.stage.update(data);
}
