import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { StateSource } from '../files/checkpoint-source.ts';
import { VisionEncoder, type VisionFeatures } from '../flamingo/vision-encoder.ts';
import { type Activation, type Init, Module, type Tap } from '../nn/index.ts';
import { ArgumentError, type Tensor } from '../tensor/index.ts';
import { clipLayout, openAiClip } from '../zoo/names/clip.ts';
import { inOurNames, type RenameTable } from '../zoo/names/rename.ts';
import { type Forward, loadRenamed, readInputs, runModule } from './module-case.ts';
import type { CaseRunner } from './runner.ts';
import { Clip, contrastiveLoss } from './text-encoder.ts';

/** A tower as Hugging Face's config files describe it. */
interface TowerJson {
  readonly hidden_size: number;
  readonly num_attention_heads: number;
  readonly num_hidden_layers: number;
  readonly intermediate_size: number;
  readonly hidden_act: string;
  readonly layer_norm_eps: number;
}

interface ClipJson {
  readonly vision: TowerJson & { readonly image_size: number; readonly patch_size: number };
  readonly text?: TowerJson & { readonly vocab_size: number; readonly max_position_embeddings: number };
  readonly projection_dim: number;
  /** Height and width, where pictures are not square. */
  readonly image?: readonly [number, number];
}

/** Hugging Face's names of activations. */
const ACTIVATIONS: Readonly<Record<string, Activation>> = {
  gelu: 'gelu',
  gelu_new: 'geluTanh',
  gelu_pytorch_tanh: 'geluTanh',
  quick_gelu: 'quickGelu',
  relu: 'relu',
  silu: 'silu',
};

function tower(json: TowerJson) {
  const activation = ACTIVATIONS[json.hidden_act];
  if (!activation) throw new ArgumentError('clip', `no activation is called '${json.hidden_act}'`);
  return {
    width: json.hidden_size,
    heads: json.num_attention_heads,
    layers: json.num_hidden_layers,
    hidden: json.intermediate_size,
    activation,
    eps: json.layer_norm_eps,
  };
}

/** CLIP with or without its text tower, under the paths of `Clip`. */
class ClipCase extends Module {
  vision: VisionEncoder;

  constructor(vision: VisionEncoder) {
    super();
    this.vision = vision;
  }
}

function build(init: Init, json: ClipJson): Clip | ClipCase {
  const { vision, text, projection_dim: projection } = json;
  const imageSize = json.image ?? vision.image_size;
  const visionConfig = { ...tower(vision), imageSize, patchSize: vision.patch_size, projection };
  if (!text) return new ClipCase(new VisionEncoder(init, visionConfig));
  const { vocab_size: vocabulary, max_position_embeddings: positions } = text;
  return new Clip(init, visionConfig, { ...tower(text), vocabulary, positions, projection });
}

const visionOutputs = (vision: VisionEncoder, { hidden, patches, pooled, features }: VisionFeatures) => ({
  last_hidden_state: hidden,
  patch_tokens: patches,
  patch_tokens_post_norm: vision.postNorm.forward(patches),
  pooled,
  image_features: features as Tensor,
});

function forward(model: Clip | ClipCase, inputs: ReadonlyMap<string, Tensor>, tap: Tap): Forward {
  const pixels = inputs.get('pixel_values') as Tensor;
  if (!(model instanceof Clip)) {
    return { outputs: visionOutputs(model.vision, model.vision.forward(pixels, tap.at('vision'))) };
  }
  const output = model.forward(pixels, inputs.get('input_ids') as Tensor, tap);
  const loss = contrastiveLoss(output.logitsPerText);
  const outputs = {
    ...visionOutputs(model.vision, output.image),
    text_pooled: output.text.pooled,
    text_features: output.text.features,
    image_embeds: output.imageEmbeds,
    text_embeds: output.textEmbeds,
    logits_per_text: output.logitsPerText,
    logits_per_image: output.logitsPerImage,
    loss,
  };
  return { outputs, loss };
}

function layoutOf(weights: StateSource): RenameTable {
  const layout = clipLayout(weights.names);
  if (!layout) throw new ArgumentError('clip', 'the names of the weights are neither OpenAI’s nor Hugging Face’s');
  return layout;
}

/** The same weights in the other layout must come to the same parameters. @throws ArgumentError when one differs */
async function compareLayouts(one: StateSource, other: StateSource): Promise<void> {
  const [a, b] = [inOurNames(one, layoutOf(one)), inOurNames(other, layoutOf(other))];
  for (const name of a.names) {
    const [x, y] = [await a.read(name), await b.read(name)];
    if (x.shape.join() !== y.shape.join() || x.data.some((value, i) => value !== y.data[i]))
      throw new ArgumentError('clip', `'${name}' differs between the two layouts of the weights`);
  }
}

/** CLIP's towers alone and together, in Hugging Face's and OpenAI's layouts. */
export const clip: CaseRunner = {
  matches: ({ implementation, config }) => /CLIP/.test(implementation) && 'projection_dim' in config,
  run: async (golden, device) => {
    const module = build({ device }, golden.config as unknown as ClipJson);
    const table = layoutOf(golden.weights);
    await loadRenamed(module, golden.weights, table);
    const second = table === openAiClip ? 'huggingface.safetensors' : 'openai.safetensors';
    if (existsSync(join(golden.folder, second))) await compareLayouts(golden.weights, await golden.open(second));
    const inputs = await readInputs(golden, device);
    return runModule(golden, device, { module, inputs, table }, (tap) => forward(module, inputs, tap));
  },
};
