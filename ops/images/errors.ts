import { CommandError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';

/**
 * Failures of images, by code:
 *
 * | code | meaning |
 * |---|---|
 * | HR-IMAGES-001 | no builder of images works on this machine |
 * | HR-IMAGES-002 | the agent's own modules cannot be read or resolved |
 * | HR-IMAGES-003 | the agent needs a package, or a part of Headrace, that the image cannot hold |
 * | HR-IMAGES-004 | the builder failed |
 * | HR-IMAGES-005 | the base image cannot be had |
 * | HR-IMAGES-006 | the registry does not know who pushes |
 * | HR-IMAGES-007 | a push without a registry, or one that failed |
 * | HR-IMAGES-008 | the agent does not load in the image's places, or is another one there |
 * | HR-IMAGES-009 | the sources of Headrace do not compile |
 */
export const imagesError = (
  code: `HR-IMAGES-00${1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9}`,
  place: string,
  message: string,
  mend: string,
) => new CommandError(code, place, message, { mend, exitCode: INPUT.has(code) ? EXIT.badInput : EXIT.failed });

const INPUT = new Set(['HR-IMAGES-001', 'HR-IMAGES-002', 'HR-IMAGES-003', 'HR-IMAGES-007']);
