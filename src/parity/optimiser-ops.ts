import { AdamW, clipGradients, warmupCosine } from '../nn/index.ts';
import { type Tensor, tensor } from '../tensor/index.ts';
import { Muon, orthogonalise } from '../training/muon.ts';
import type { Inputs, RunOp } from './runner.ts';

/** Optimisers as operations: parameters and the gradients of every step in, parameters after every step out. */
export const optimisers: Readonly<Record<string, RunOp>> = {
  adamW: (inputs, { steps, betas, eps, groups }: AdamWAttributes) => {
    const members = groups.flatMap((group) => group.members);
    const at = (name: string): Tensor => inputs[name] as Tensor;
    const optimiser = new AdamW(
      groups.map(({ lr, weightDecay, members: own }) => ({
        parameters: own.map((k) => at(`p.${k}`)),
        learningRate: lr,
        weightDecay,
      })),
      { betas, eps },
    );
    const outputs: Record<string, Tensor> = {};
    for (let step = 1; step <= steps; step++) {
      optimiser.step(new Map(members.map((k) => [at(`p.${k}`), at(`g.${step}.${k}`)])));
      for (const k of members) outputs[`p.${step}.${k}`] = at(`p.${k}`).detach();
    }
    members.forEach((k, i) => {
      outputs[`m.${k}`] = optimiser.first[i] as Tensor;
      outputs[`v.${k}`] = optimiser.second[i] as Tensor;
    });
    return outputs;
  },

  muon: (inputs, { steps, momentum, lr, weightDecay }: MuonAttributes) => {
    const p = inputs['p.0'] as Tensor;
    const optimiser = new Muon([{ parameters: [p], learningRate: lr, weightDecay }], { momentum });
    const outputs: Record<string, Tensor> = {};
    for (let step = 1; step <= steps; step++) {
      const g = inputs[`g.${step}`] as Tensor;
      optimiser.step(new Map([[p, g]]));
      const m = optimiser.momenta[0] as Tensor;
      outputs[`p.${step}`] = p.detach();
      outputs[`y.${step}`] = orthogonalise(g.mul(1 - momentum).add(m.mul(momentum)));
      outputs.m = m.detach();
    }
    return outputs;
  },

  clipGradients: (inputs: Inputs, { maxNorm }: { maxNorm: number }) => {
    const given = Object.entries(inputs);
    const { gradients, norm } = clipGradients(new Map(given.map(([, g]) => [g, g])), maxNorm);
    const clipped = given.map(([name, g]) => [name, gradients.get(g) as Tensor] as const);
    return { ...Object.fromEntries(clipped), total: norm.reshape([1]) };
  },

  warmupCosine: (_, schedule: { steps: number; warmup: number; floor: number }, device) =>
    tensor(
      device,
      Float32Array.from({ length: schedule.steps }, (_, step) => warmupCosine(step, schedule)),
    ),
};

interface AdamWAttributes {
  steps: number;
  betas: [number, number];
  eps: number;
  groups: { lr: number; weightDecay: number; members: number[] }[];
}

interface MuonAttributes {
  steps: number;
  momentum: number;
  lr: number;
  weightDecay: number;
}
