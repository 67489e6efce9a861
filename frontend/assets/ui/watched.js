// Something that components show and that changes by itself: they subscribe, and compare its version.

export class Watched {
  version = 0;
  listeners = new Set();

  subscribe = (tell) => {
    this.listeners.add(tell);
    return () => this.listeners.delete(tell);
  };

  snapshot = () => this.version;

  changed() {
    this.version += 1;
    this.listeners.forEach((tell) => tell());
  }
}
