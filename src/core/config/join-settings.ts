import { Settings } from './settings.js';

/** The settings class of a module. It extends the core settings. */
export type SettingsClass<S extends Settings = Settings> = new () => S;

/** A class with the fields, defaults and getters of its parts: the core settings and the given classes. */
export interface JoinedSettingsClass<S extends Settings = Settings> extends SettingsClass<S> {
  readonly parts: readonly SettingsClass[];
}

type Joined<P extends readonly SettingsClass[]> = P extends readonly [
  SettingsClass<infer First>,
  ...infer Rest extends readonly SettingsClass[],
]
  ? First & Joined<Rest>
  : Settings;

/** Joins the settings classes of the modules into one class. */
export function joinSettings<P extends readonly SettingsClass[]>(...parts: P): JoinedSettingsClass<Joined<P>> {
  class JoinedSettings extends Settings {
    static readonly parts = [Settings, ...parts];

    constructor() {
      super();
      for (const Part of parts) Object.assign(this, new Part());
    }
  }
  for (const { prototype } of parts) {
    const { constructor: _, ...getters } = Object.getOwnPropertyDescriptors(prototype as object);
    Object.defineProperties(JoinedSettings.prototype, getters);
  }
  return JoinedSettings as unknown as JoinedSettingsClass<Joined<P>>;
}
