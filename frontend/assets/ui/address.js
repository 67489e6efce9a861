// The parameters of the address, changed from what they are at that moment.

import { useCallback } from "react";
import { useNavigate, useSearchParams } from "react-router";

/** What the address says now. The router draws a new one when there is time, so what was drawn last may be older. */
export const addressNow = () => new URLSearchParams(window.location.search);

/** The parameters that are drawn, and `change(from, options)`: `from` makes the new ones of those that hold at that moment. */
export function useAddress() {
  const [params] = useSearchParams();
  const navigate = useNavigate();
  const change = useCallback((from, options) => navigate(`?${from(addressNow())}`, options), [navigate]);
  return [params, change];
}
