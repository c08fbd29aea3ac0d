import { KNOWLEDGE_FILE, type Knowledge, parseKnowledge } from '../../model/knowledge.ts';
import { parseJsonFile, type WeightsSource, weightsSource } from './weights.ts';

/**
 * What the model in a folder of weights was taught; null where the folder does not say it, as those of public models.
 *
 *     const knowledge = await readKnowledge('weights');
 *     knowledge?.things.find(({ korean }) => korean === '판다')?.name; // 'panda'
 *
 * @throws WeightsError for a file that is not valid JSON, KnowledgeError for what is in it
 */
export async function readKnowledge(weights: string | URL | WeightsSource): Promise<Knowledge | null> {
  const bytes = await weightsSource(weights)
    .file(KNOWLEDGE_FILE)
    .catch(() => null);
  return bytes && parseKnowledge(parseJsonFile(bytes, KNOWLEDGE_FILE));
}
