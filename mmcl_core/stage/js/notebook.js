// The adapter for notebooks, through anywidget.
import { Stage } from "./stage.js";

export default {
  render({ model, el }) {
    const stage = new Stage(el, (name, value) => {
      model.set(name, value);
      model.save_changes();
    });
    const update = () => stage.update(model.get("scene"));
    model.on("change:scene", update);
    update();
  },
};
