// The frame of the pages that keep order: their tabs, and what is above the title.

import { FolderTree, ListFilter } from "lucide-react";
import { Link, useLocation } from "react-router";

const TABS = [
  ["/collections", "Collections", FolderTree],
  ["/rules", "Rules", ListFilter],
];

export function OrganisePage({ title, lead, tools, above, children }) {
  const { pathname } = useLocation();
  return (
    <main className="dr-activity dr-accounts" id="content" tabIndex={-1}>
      <nav className="dr-tabs" aria-label="Organising">
        {TABS.map(([route, words, Icon]) => (
          <Link key={route} to={route} aria-current={pathname.startsWith(route) ? "page" : undefined}>
            <Icon size={15} strokeWidth={1.75} aria-hidden /> {words}
          </Link>
        ))}
      </nav>
      {above}
      <header className="dr-page-head">
        <h1>{title}</h1>
        {tools && <div className="dr-page-tools">{tools}</div>}
      </header>
      {lead && <p className="dr-page-lead dr-muted">{lead}</p>}
      {children}
    </main>
  );
}
