import { Button } from "@/components/ui/button";

interface Props {
  isBusy: boolean;
  isDisabled: boolean;
  /** Creates without activating. The main button submits the form. */
  onCreate: () => void;
}

/** The two ways to create an agent. The first submits the form, so that Enter does the same. */
export function CreateButtons({ isBusy, isDisabled, onCreate }: Props) {
  return (
    <>
      <Button type="submit" variant="primary" busy={isBusy} disabled={isDisabled}>
        Create and activate
      </Button>
      <Button disabled={isDisabled || isBusy} onClick={onCreate}>
        Create
      </Button>
    </>
  );
}
