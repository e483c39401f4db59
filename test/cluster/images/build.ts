/** Makes the images and says where they are. */
import { testImages } from './test-images.ts';

console.log(JSON.stringify(await testImages((text) => process.stderr.write(`${text}\n`)), null, 2));
