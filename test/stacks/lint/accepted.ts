import { type App, TerraformElement, TerraformStack } from 'cdktf';
import { acceptedOf } from '../../../stacks/accepted.ts';

/** What the stacks of an app accept, as `stack check name` of the resource, with the reason. */
export function acceptedBy(app: App): ReadonlyMap<string, string> {
  return new Map(
    app.node
      .findAll()
      .filter((construct) => TerraformElement.isTerraformElement(construct))
      .flatMap((element) => {
        const stack = TerraformStack.of(element).node.id;
        return Object.entries(acceptedOf(element)).map(([check, reason]): [string, string] => [
          `${stack} ${check} ${element.friendlyUniqueId}`,
          reason,
        ]);
      }),
  );
}
