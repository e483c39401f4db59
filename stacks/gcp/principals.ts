import { type NameParts, names, type Workload } from '../../config/index.ts';

/** A project as principals name it. */
export interface PrincipalProject {
  readonly id: string;
  readonly number: string;
}

/** The pool of identities of all GKE clusters of a project. */
export const workloadPool = (project: Pick<PrincipalProject, 'id'>) => `${project.id}.svc.id.goog`;

const pools = (project: Pick<PrincipalProject, 'number'>) =>
  `principal://iam.googleapis.com/projects/${project.number}/locations/global/workloadIdentityPools`;

/** IAM member of one Kubernetes service account in a project's GKE clusters; needs no Google service account. */
export const workloadPrincipal = (project: PrincipalProject, parts: NameParts, workload: Workload) =>
  `${pools(project)}/${workloadPool(project)}/subject/ns/${names.namespace(parts)}/sa/${names.serviceAccount(parts, workload)}`;

/** IAM member of a subject of another cloud that a workload identity pool admits. */
export const federatedPrincipal = (project: Pick<PrincipalProject, 'number'>, pool: string, subject: string) =>
  `${pools(project)}/${pool}/subject/${subject}`;

/** Google's own identities that act for a service inside a project. */
export const serviceAgent = {
  compute: (projectNumber: string) => `service-${projectNumber}@compute-system.iam.gserviceaccount.com`,
  container: (projectNumber: string) => `service-${projectNumber}@container-engine-robot.iam.gserviceaccount.com`,
  secretManager: (projectNumber: string) => `service-${projectNumber}@gcp-sa-secretmanager.iam.gserviceaccount.com`,
  artifactRegistry: (projectNumber: string) =>
    `service-${projectNumber}@gcp-sa-artifactregistry.iam.gserviceaccount.com`,
  backup: (projectNumber: string) => `service-${projectNumber}@gcp-sa-gkebackup.iam.gserviceaccount.com`,
  kafka: (projectNumber: string) => `service-${projectNumber}@gcp-sa-managedkafka.iam.gserviceaccount.com`,
} as const;
