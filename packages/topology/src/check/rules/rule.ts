import type { BlueprintModel, BlueprintEntry } from "../blueprint-model.ts";
import type { ComposeModel, ComposeEntry } from "../compose-model.ts";
import type { Deployment } from "../deployment.ts";
import type { DeployFinding, Found } from "../finding.ts";

export type Rule = (deployment: Deployment) => readonly DeployFinding[];

/** A rule about each service of each compose file. */
export const eachComposeEntry =
  (look: (service: ComposeEntry, model: ComposeModel, deployment: Deployment) => readonly Found[]): Rule =>
  (deployment) =>
    deployment.composes.flatMap((model) =>
      model.services.flatMap((service) => look(service, model, deployment).map((found) => ({ file: model.path, ...found }))),
    );

export const eachCompose =
  (look: (model: ComposeModel, deployment: Deployment) => readonly Found[]): Rule =>
  (deployment) =>
    deployment.composes.flatMap((model) => look(model, deployment).map((found) => ({ file: model.path, ...found })));

export const eachBlueprint =
  (look: (model: BlueprintModel, deployment: Deployment) => readonly Found[]): Rule =>
  (deployment) =>
    deployment.blueprints.flatMap((model) => look(model, deployment).map((found) => ({ file: model.path, ...found })));

export const eachBlueprintEntry = (look: (service: BlueprintEntry, model: BlueprintModel) => readonly Found[]): Rule =>
  eachBlueprint((model) => model.services.flatMap((service) => look(service, model)));

export const when = (is: boolean, found: () => Found): readonly Found[] => (is ? [found()] : []);
