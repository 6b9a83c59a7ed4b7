import type { BlueprintModel, BlueprintService } from "../blueprint-model.ts";
import type { ComposeModel, ComposeService } from "../compose-model.ts";
import type { Deployment } from "../deployment.ts";
import type { DeployFinding, Found } from "../finding.ts";

export type Rule = (deployment: Deployment) => readonly DeployFinding[];

/** A rule about each service of each compose file. */
export const eachService =
  (look: (service: ComposeService, model: ComposeModel, deployment: Deployment) => readonly Found[]): Rule =>
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

export const eachBlueprintService = (look: (service: BlueprintService, model: BlueprintModel) => readonly Found[]): Rule =>
  eachBlueprint((model) => model.services.flatMap((service) => look(service, model)));

export const when = (is: boolean, found: () => Found): readonly Found[] => (is ? [found()] : []);
