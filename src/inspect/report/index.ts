export { reportPage } from './page.ts';
export { type Report, type ReportOptions, type ReportPicture, reportOf } from './report.ts';
